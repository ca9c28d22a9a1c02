using System.Diagnostics;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>Other programs that tests run.</summary>
internal static class Programs
{
    /// <summary>Runs one to its end.</summary>
    /// <param name="start">Where, with what; what it prints is taken.</param>
    /// <returns>Its exit code, and what it printed.</returns>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        return await EndAsync(process);
    }

    /// <summary>The same; fails with all that it printed unless it ends with 0.</summary>
    /// <returns>Its output.</returns>
    public static async Task<string> SucceedAsync(ProcessStartInfo start)
    {
        var (exitCode, output, error) = await RunAsync(start);
        Assert.True(exitCode == 0, $"{start.FileName} {string.Join(' ', start.ArgumentList)}\n{output}\n{error}");
        return output;
    }

    /// <summary>Waits for the end of one whose outputs were redirected.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> EndAsync(Process process)
    {
        // Both at once: who fills one that nobody reads waits for ever.
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    /// <param name="process">Its number.</param>
    /// <param name="signal">As <c>kill</c> knows it: <c>TERM</c>.</param>
    public static async Task SignalAsync(int process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", $"{process}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>A laptop may lack a program and skip what needs it; in CI that is an error.</summary>
    public static void SkipWithout(string program, string what) =>
        Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true" && !IsInstalled(program), $"{what} needs {program}, which is not installed.");
}
