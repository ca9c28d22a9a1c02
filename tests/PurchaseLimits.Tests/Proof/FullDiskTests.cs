using System.Diagnostics;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// The disk that PostgreSQL writes its log of changes to is full: it stops, or does not come up. Nothing that was acknowledged is lost, and
/// the store sells again once there is room.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class FullDiskTests(PostgresServer server) : DurableServerTest(server, "full-disk")
{
    private const int Customers = 6;
    private const int Products = 12;
    private const string Needs = "A file system in memory of its own takes Linux and root with the right to mount.";

    private readonly string _disk = Path.Combine(Path.GetTempPath(), $"purchase-limits-wal-{Guid.NewGuid():N}");
    private bool _isMounted;

    // The log itself must leave room on 96 MB that comes back with the filler: PostgreSQL starts again only with some.
    protected override Dictionary<string, string> Settings => new(base.Settings) { ["min_wal_size"] = "32MB", ["max_wal_size"] = "48MB" };

    private string Filler => Path.Combine(_disk, "filler");

    protected override async Task PrepareAsync()
    {
        Directory.CreateDirectory(_disk);
        _isMounted = OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess
            && (await Programs.RunAsync(new("mount", ["-t", "tmpfs", "-o", "size=96m", "tmpfs", _disk]))).ExitCode == 0;
        if (!_isMounted)
        {
            // A laptop may lack it; in CI that is an error.
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", Needs);
            Assert.Fail(Needs);
        }

        await WhileStoppedAsync(async () =>
        {
            var log = Path.Combine(Data, "pg_wal");
            await Programs.SucceedAsync(new("cp", ["-a", log, _disk]));
            Directory.Delete(log, recursive: true);
            Directory.CreateSymbolicLink(log, Path.Combine(_disk, "pg_wal"));
        });
    }

    protected override async Task DropDatabaseAsync()
    {
        await base.DropDatabaseAsync();
        if (_isMounted)
            await Programs.SucceedAsync(new("umount", [_disk]));
        Directory.Delete(_disk);
    }

    [Fact]
    public async Task Nothing_acknowledged_is_lost_and_the_store_sells_again_once_there_is_room()
    {
        var seed = ProofTier.Seed("DISK_SEED");
        await AddProductsAsync([.. Enumerable.Range(1, Products).Select(price => (decimal)price)]);
        await AddCustomersAsync(1, Customers);
        var load = new FaultLoad([NewStore(), NewStore()], Customers, Products, () => DateTimeOffset.UtcNow - TimeSpan.FromSeconds(2));
        var started = Stopwatch.GetTimestamp();
        var running = load.RunAsync(seed, callers: 8);
        var slowest = TimeSpan.Zero;

        for (var time = 0; time < ProofTier.Of(1, 10); time++)
        {
            var before = load.Answers.Count;
            await Eventually.TrueAsync(() => Task.FromResult(load.Answers.Count > before + 100), "the load goes on");
            load.Break("the disk full");
            await Programs.RunAsync(new("dd", ["if=/dev/zero", $"of={Filler}", "bs=64k"]));
            await FillTheLogAsync();
            var withoutAnswer = load.WithoutAnswer;
            await Eventually.TrueAsync(() => Task.FromResult(load.WithoutAnswer > withoutAnswer + 20), "callers meet a server that is away");

            File.Delete(Filler);
            var there = Stopwatch.GetTimestamp();
            // Where it gave up somebody has to start it, as whoever made room would; where it is recovering it needs nobody.
            if (!await AnswersAsync())
                await StartAgainAsync();
            await Eventually.TrueAsync(() => Task.FromResult(load.BackAfter(there) is not null), "somebody buys again");
            slowest = load.BackAfter(there)!.Value > slowest ? load.BackAfter(there)!.Value : slowest;
        }

        load.Stop();
        await running;

        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        var findings = await FaultFindings.OfAsync(load, connection);
        var outcomes = load.Outcomes();
        outcomes["ms to the first answer once there was room"] = (long)slowest.TotalMilliseconds;
        ProofRun.Add(new()
        {
            Section = "Faults",
            What = "the disk full under load",
            Tried = load.FaultCount,
            Unit = load.FaultCount == 1 ? "full disk" : "full disks",
            Violations = findings.Count,
            Seed = seed,
            Outcomes = outcomes,
            Took = Stopwatch.GetElapsedTime(started),
        });
        Assert.Empty(findings);
    }

    /// <summary>Until the server cannot write any more: what it had made room for before is used up first.</summary>
    private async Task FillTheLogAsync()
    {
        try
        {
            while (true)
                await ExecuteAsync("SELECT pg_switch_wal(), pg_logical_emit_message(false, '', repeat('x', 1000000))");
        }
        catch (Npgsql.NpgsqlException)
        {
            // It said so, or has gone.
        }
    }

    private async Task<bool> AnswersAsync()
    {
        for (var patience = Stopwatch.StartNew(); patience.Elapsed < TimeSpan.FromSeconds(20) && Runs;)
        {
            try
            {
                await ExecuteAsync("SELECT pg_current_wal_lsn()");
                return true;
            }
            catch (Npgsql.NpgsqlException)
            {
                await Task.Delay(50, Cancelled);
            }
        }

        return false;
    }
}
