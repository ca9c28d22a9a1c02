using System.Diagnostics;
using PurchaseLimits.Database;
using Xunit;

namespace PurchaseLimits.Tests.Database;

/// <summary>
/// Another process that has called <see cref="LocalPostgres.StartAsync(LocalPostgresOptions, CancellationToken)"/>:
/// this test program once more, running only the explicit test below.
/// </summary>
internal sealed class LocalPostgresInAnotherProcess : IDisposable
{
    private readonly Process process;
    private readonly string folder;

    private LocalPostgresInAnotherProcess(Process process, string folder)
    {
        this.process = process;
        this.folder = folder;
    }

    public int Port => int.Parse(File.ReadAllText(Path.Combine(folder, "port")));

    public static async Task<LocalPostgresInAnotherProcess> StartAsync(string name)
    {
        var folder = Directory.CreateTempSubdirectory("another-process-").FullName;
        var holder = typeof(LocalPostgresHolder);
        var start = new ProcessStartInfo(
            "dotnet", ["exec", holder.Assembly.Location, "-explicit", "only", "-class", holder.FullName!])
        {
            RedirectStandardOutput = true,
        };
        start.Environment["HOLD_NAME"] = name;
        start.Environment["HOLD_FOLDER"] = folder;
        var process = Process.Start(start)!;
        _ = process.StandardOutput.ReadToEndAsync();
        var other = new LocalPostgresInAnotherProcess(process, folder);
        for (var waited = 0; !File.Exists(Path.Combine(folder, "port")); waited++)
        {
            Assert.False(process.HasExited || waited > 600, "The other process did not start.");
            await Task.Delay(50);
        }
        return other;
    }

    /// <summary>Lets it dispose its instance and end.</summary>
    public async Task EndAsync()
    {
        await File.WriteAllTextAsync(Path.Combine(folder, "end"), "");
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
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>What the other process runs. Explicit: an ordinary test run passes it over without counting it.</summary>
public sealed class LocalPostgresHolder
{
    [Fact(Explicit = true)]
    public async Task Hold_a_server_until_told_to_end()
    {
        var folder = Environment.GetEnvironmentVariable("HOLD_FOLDER")!;
        await using var postgres = await LocalPostgres.StartAsync(
            new() { Name = Environment.GetEnvironmentVariable("HOLD_NAME")! }, TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(folder, "port.new"), $"{postgres.Port}", TestContext.Current.CancellationToken);
        File.Move(Path.Combine(folder, "port.new"), Path.Combine(folder, "port"));
        while (!File.Exists(Path.Combine(folder, "end")))
            await Task.Delay(50, TestContext.Current.CancellationToken);
    }
}
