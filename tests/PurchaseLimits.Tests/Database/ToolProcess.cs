using System.Diagnostics;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;

namespace PurchaseLimits.Tests.Database;

/// <summary>The tool as a process of its own, as CI runs it, which a test can kill.</summary>
internal sealed class ToolProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task<(int ExitCode, string Output, string Error)> _end;

    private ToolProcess(Process process) => (_process, _end) = (process, Programs.EndAsync(process));

    /// <param name="connectionString">In the environment, where a deployment has it.</param>
    /// <param name="arguments">The command and its options.</param>
    public static ToolProcess Start(string connectionString, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", typeof(Migrator).Assembly.Location, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ConnectionStrings__Migrator"] = connectionString;
        return new(Process.Start(start)!);
    }

    public bool HasExited => _process.HasExited;

    /// <returns>The exit code, and what it said.</returns>
    /// <exception cref="TimeoutException">It goes on. Where tests run in the background of a shell, SIGINT is ignored, also by what they start.</exception>
    public async Task<(int ExitCode, string Said)> EndAsync()
    {
        var (exitCode, output, error) = await _end.WaitAsync(TimeSpan.FromMinutes(3));
        return (exitCode, output + error);
    }

    /// <summary>SIGINT, as Ctrl+C sends it.</summary>
    public Task InterruptAsync() => Programs.SignalAsync(_process.Id, "INT");

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.Dispose();
    }
}
