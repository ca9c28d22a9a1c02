using System.Diagnostics;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Database;

/// <summary>What killed apps, killed servers, switched-off machines and Ctrl-C leave behind.</summary>
public sealed partial class LocalPostgresTests
{
    [Fact]
    public async Task After_a_killed_app_the_next_attaches_and_stops_it()
    {
        int port;
        using (var other = await LocalPostgresInAnotherProcess.StartAsync(name))
        {
            port = other.Port;
            await other.KillAsync();
        }
        Assert.True(File.Exists(PidFile));

        await using (var next = await StartAsync())
        {
            Assert.Equal(port, next.Port);
            await RunAsync(next, "SELECT 1");
        }
        Assert.False(File.Exists(PidFile));
    }

    [Fact]
    public async Task After_a_killed_server_it_starts_again_with_what_was_committed()
    {
        await using var before = await StartAsync();
        await RunAsync(before, "CREATE TABLE kept AS SELECT 1 AS row");
        using (var postmaster = Process.GetProcessById(PostmasterId()))
        {
            postmaster.Kill();
            await postmaster.WaitForExitAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(2), Cancelled)
                .ContinueWith(_ => { }, TaskScheduler.Default); // without an init it stays, unreaped
        }
        await using var after = await StartAsync();
        Assert.Equal(1, await CountAsync(after, "pg_tables WHERE tablename = 'kept'"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("another process's number")]
    public async Task What_a_switched_off_machine_left_does_not_stop_it(string left)
    {
        await using (var before = await StartAsync())
            left = left.Length == 0 ? left : $"{Environment.ProcessId}\n{Folder}/data\n1700000000\n{before.Port}\n\n127.0.0.1\n\nready\n";
        await File.WriteAllTextAsync(PidFile, left, Cancelled);

        await using var after = await StartAsync();
        await RunAsync(after, "SELECT 1");
    }

    [Fact]
    public async Task Fresh_takes_over_what_a_killed_app_left_running()
    {
        using (var other = await LocalPostgresInAnotherProcess.StartAsync(name))
            await other.KillAsync();
        var left = PostmasterPidFile.Read(PidFile)!;

        await using var fresh = await LocalPostgres.StartAsync(new() { Name = name, Fresh = true }, Cancelled);
        await RunAsync(fresh, "SELECT 1");
        Assert.False(left.IsItsProcessAlive());
    }

    [Fact]
    public async Task The_server_is_out_of_reach_of_the_terminals_ctrl_c()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Reads /proc.");
        await using var postgres = await StartAsync();
        // pid (comm) state ppid pgrp session: the terminal signals a process group of its own session.
        var stat = (await File.ReadAllTextAsync($"/proc/{PostmasterId()}/stat", Cancelled)).Split(") ")[1].Split(' ');
        var mine = (await File.ReadAllTextAsync("/proc/self/stat", Cancelled)).Split(") ")[1].Split(' ');
        Assert.NotEqual(mine[2], stat[2]);
        Assert.NotEqual(mine[3], stat[3]);
    }

    [Fact]
    public async Task A_server_that_is_alive_but_silent_is_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await using var before = await StartAsync();
        var postmaster = PostmasterId();
        await Programs.SignalAsync(postmaster, "STOP");
        try
        {
            var attaching = StartAsync();
            await Task.Delay(TimeSpan.FromSeconds(3), Cancelled); // longer than one question waits for its answer
            Assert.False(attaching.IsCompleted);
            Assert.True(File.Exists(PidFile));
            await Programs.SignalAsync(postmaster, "CONT");
            await using var attached = await attaching;
            Assert.Equal(before.Port, attached.Port);
        }
        finally
        {
            await Programs.SignalAsync(postmaster, "CONT");
        }
    }
}
