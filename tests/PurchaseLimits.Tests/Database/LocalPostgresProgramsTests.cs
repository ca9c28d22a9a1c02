using PurchaseLimits.Database;
using Xunit;

namespace PurchaseLimits.Tests.Database;

public sealed class LocalPostgresProgramsTests : IDisposable
{
    private readonly LocalPostgresOptions options = new() { Name = $"try-{Guid.NewGuid():N}"[..16] };

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(LocalPostgresFolder.Root, options.Name);

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    [Fact]
    public async Task When_nothing_is_found_one_message_names_every_way_out()
    {
        var failure = await Assert.ThrowsAsync<LocalPostgresException>(() => LocalPostgres.StartAsync(
            options,
            [Nothing("installed programs"), new("downloads", (_, _) => throw new IOException("no route to host"))],
            Cancelled));

        foreach (var wayOut in new[]
        {
            "sudo apt-get install postgresql", "brew install postgresql", "winget install PostgreSQL",
            "docker compose up --build --wait web", "ConnectionStrings__Store",
            "ConnectionStrings:Store", "ConnectionStrings:Admin", "ConnectionStrings__Admin",
            "ConnectionStrings:Worker", "ConnectionStrings__Worker",
            "From installed programs: none.", "From downloads: no route to host",
        })
            Assert.Contains(wayOut, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_source_that_fails_leads_on_to_the_next()
    {
        var programs = await FindAsync(
            new("broken", (_, _) => throw new InvalidOperationException()), Nothing("empty"), LocalPostgresPrograms.Sources[0]);
        Assert.True(programs.MajorVersion >= 15);
    }

    [Fact]
    public async Task Programs_that_are_too_old_or_incomplete_are_passed_over()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        var old = await StandInAsync("old", "postgres (PostgreSQL) 14.9", "initdb", "pg_ctl", "postgres");
        var incomplete = await StandInAsync("incomplete", "postgres (PostgreSQL) 17.1", "postgres");
        var good = await StandInAsync("good", "postgres (PostgreSQL) 16.2 (Debian 16.2-1)", "initdb", "pg_ctl", "postgres");
        Assert.Equal(new LocalPostgresPrograms(good, 16), await FindAsync(Holding(incomplete, old, good)));

        var failure = await Assert.ThrowsAsync<LocalPostgresException>(() => FindAsync(Holding(old)));
        Assert.Contains("only PostgreSQL 14, and 15 or later is needed", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Data_are_read_by_the_version_that_made_them_or_not_at_all()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        var newer = await StandInAsync("newer", "postgres (PostgreSQL) 18.0", "initdb", "pg_ctl", "postgres");
        var same = await StandInAsync("same", "postgres (PostgreSQL) 16.2", "initdb", "pg_ctl", "postgres");
        Directory.CreateDirectory(Path.Combine(Folder, "data"));
        await File.WriteAllTextAsync(Path.Combine(Folder, "data", "PG_VERSION"), "16\n", Cancelled);

        Assert.Equal(same, (await FindAsync(Holding(newer, same))).BinDirectory);
        var failure = await Assert.ThrowsAsync<LocalPostgresException>(() => FindAsync(Holding(newer)));
        Assert.Contains("were made by PostgreSQL 16, and here is only 18", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_chosen_is_taken_and_nothing_else()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        var good = await StandInAsync("good", "postgres (PostgreSQL) 16.2", "initdb", "pg_ctl", "postgres");
        Assert.Equal(new LocalPostgresPrograms(good, 16), await ChooseAsync(good));
        var installed = await FindAsync(LocalPostgresPrograms.Sources[0]);
        Assert.Equal(installed, await ChooseAsync($"{installed.MajorVersion}"));

        Directory.CreateDirectory(Path.Combine(Folder, "data"));
        await File.WriteAllTextAsync(Path.Combine(Folder, "data", "PG_VERSION"), "15\n", Cancelled);
        var failure = await Assert.ThrowsAsync<LocalPostgresException>(() => ChooseAsync(good));
        Assert.Contains("which is PostgreSQL 16, but the data in", failure.Message, StringComparison.Ordinal);
        Assert.Equal(new LocalPostgresPrograms(good, 16), await ChooseAsync(good, startsOver: true));
    }

    [Fact]
    public async Task A_choice_that_cannot_be_is_named_with_the_reason()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "The stand-ins are shell scripts.");
        var incomplete = await StandInAsync("incomplete", "postgres (PostgreSQL) 17.1", "postgres", "initdb");
        var broken = await StandInAsync("broken", "no such thing", "initdb", "pg_ctl", "postgres");
        var old = await StandInAsync("old", "postgres (PostgreSQL) 14.9", "initdb", "pg_ctl", "postgres");
        foreach (var (choice, reason) in new[]
        {
            (incomplete, "it has no pg_ctl."), (broken, "does not run"), (old, "PostgreSQL 14; 15 or later is needed"),
            ("bin", "no folder"), (Path.Combine(Folder, "missing"), "no folder"), ("9999", "Install that version"),
        })
        {
            var failure = await Assert.ThrowsAsync<LocalPostgresException>(() => ChooseAsync(choice));
            Assert.StartsWith($"PURCHASELIMITS_POSTGRES is '{choice}'", failure.Message, StringComparison.Ordinal);
            Assert.Contains(reason, failure.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void In_one_place_the_highest_version_comes_first()
    {
        foreach (var version in new[] { "9.6", "15", "17", "16" })
            Directory.CreateDirectory(Path.Combine(Folder, version));
        Assert.Equal(
            ["17/bin", "16/bin", "15/bin", "9.6/bin"],
            InstalledPrograms.Below(Folder, "*").Select(bin => Path.GetRelativePath(Folder, bin).Replace('\\', '/')));
        Assert.Empty(InstalledPrograms.Below(Path.Combine(Folder, "missing"), "*"));
    }

    private Task<LocalPostgresPrograms> FindAsync(params ProgramSource[] sources) =>
        LocalPostgresPrograms.FindAsync(LocalPostgresFolder.Open(options.Name), options, sources, Cancelled);

    private Task<LocalPostgresPrograms> ChooseAsync(string choice, bool startsOver = false) =>
        ChosenPrograms.FindAsync(choice, LocalPostgresFolder.Open(options.Name), startsOver, Cancelled);

    private static ProgramSource Nothing(string name) => new(name, (_, _) => Task.FromResult<IReadOnlyList<string>>([]));

    private static ProgramSource Holding(params string[] folders) =>
        new("a test", (_, _) => Task.FromResult<IReadOnlyList<string>>(folders));

    /// <summary>A folder of programs that do nothing but tell their version.</summary>
    private async Task<string> StandInAsync(string folder, string version, params string[] programs)
    {
        var bin = Directory.CreateDirectory(Path.Combine(LocalPostgresFolder.Open(options.Name).Path, folder)).FullName;
        foreach (var program in programs)
        {
            await File.WriteAllTextAsync(Path.Combine(bin, program), $"#!/bin/sh\necho '{version}'\n", Cancelled);
            if (!OperatingSystem.IsWindows())
                File.SetUnixFileMode(Path.Combine(bin, program), (UnixFileMode)0b111_101_101);
        }
        await LocalPostgresAccount.GiveAsync(Folder);
        return bin;
    }
}
