using System.Diagnostics;
using Npgsql;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Database;

/// <summary>Another process that uses a private server: <c>PurchaseLimits.Database -- postgres</c>.</summary>
internal sealed class LocalPostgresInAnotherProcess : IDisposable
{
    private readonly Process process;

    private LocalPostgresInAnotherProcess(Process process, int port) => (this.process, Port) = (process, port);

    public int Port { get; }

    public static async Task<LocalPostgresInAnotherProcess> StartAsync(string name)
    {
        var process = Process.Start(new ProcessStartInfo(
            "dotnet", ["exec", typeof(LocalPostgres).Assembly.Location, "postgres", "--name", name])
        {
            RedirectStandardOutput = true,
        })!;
        var connectionString = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
        Assert.False(connectionString is null, "The other process did not start.");
        return new LocalPostgresInAnotherProcess(process, new NpgsqlConnectionStringBuilder(connectionString).Port);
    }

    /// <summary>Ends it as a service manager does, and as Ctrl+C does: it disposes its use of the server.</summary>
    public async Task EndAsync()
    {
        await Programs.SignalAsync(process.Id, "TERM");
        await process.WaitForExitAsync();
    }

    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
