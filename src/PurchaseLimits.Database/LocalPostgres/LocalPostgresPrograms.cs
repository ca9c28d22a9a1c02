using System.Text.RegularExpressions;

namespace PurchaseLimits.Database;

/// <summary>A way to come by server programs.</summary>
/// <param name="Name">As in "From {Name}: …" when it failed.</param>
/// <param name="FindAsync">Folders that may hold the programs, best first. Its exceptions become part of the final message.</param>
internal sealed record ProgramSource(
    string Name, Func<Action<string>, CancellationToken, Task<IReadOnlyList<string>>> FindAsync);

/// <summary>Server programs that are there and new enough.</summary>
internal sealed partial record LocalPostgresPrograms(string BinDirectory, int MajorVersion)
{
    /// <summary>The oldest PostgreSQL that PurchaseLimits runs on.</summary>
    public const int OldestMajorVersion = 15;

    private static readonly string[] Needed = ["initdb", "pg_ctl", "postgres"];

    /// <summary>In the order they are tried. The first one only looks; the others change the machine.</summary>
    public static IReadOnlyList<ProgramSource> Sources { get; } =
    [
        new("installed programs", (_, cancellationToken) => InstalledPrograms.FindAsync(cancellationToken)),
        new("Debian's packages", DebianPackages.InstallAsync),
        new("downloaded binaries", DownloadedPrograms.FetchAsync),
    ];

    public string Program(string name) => PathOf(BinDirectory, name);

    public static string PathOf(string folder, string name) =>
        Path.Combine(folder, OperatingSystem.IsWindows() ? name + ".exe" : name);

    /// <summary>The first programs of the sources that are new enough and, where data exist, can read them.</summary>
    /// <exception cref="LocalPostgresException">None; the message names every way out.</exception>
    public static async Task<LocalPostgresPrograms> FindAsync(
        LocalPostgresFolder folder,
        LocalPostgresOptions options,
        IReadOnlyList<ProgramSource> sources,
        CancellationToken cancellationToken)
    {
        var dataVersion = options.Fresh || options.Throwaway ? null : folder.MajorVersion;
        var failures = new List<string>();
        foreach (var source in sources)
        {
            var others = new List<int>();
            try
            {
                foreach (var bin in await source.FindAsync(options.Say, cancellationToken))
                {
                    if ((await VersionAsync(bin)).MajorVersion is not { } version)
                        continue;
                    if (version >= OldestMajorVersion && version == (dataVersion ?? version))
                        return new LocalPostgresPrograms(bin, version);
                    others.Add(version);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
            {
                failures.Add($"From {source.Name}: {exception.Message}");
                continue;
            }
            if (dataVersion is not null && others.Count > 0)
                throw new LocalPostgresException(
                    $"The data in {folder.Data} were made by PostgreSQL {dataVersion}, and here is only {string.Join(", ", others.Distinct())}. " +
                    $"Install PostgreSQL {dataVersion}, or delete {folder.Path} to start over.");
            failures.Add(others.Count == 0
                ? $"From {source.Name}: none."
                : $"From {source.Name}: only PostgreSQL {string.Join(", ", others.Distinct())}, and {OldestMajorVersion} or later is needed.");
        }
        throw new LocalPostgresException(
            $"""
            No database is configured, and there is no PostgreSQL {OldestMajorVersion} or later here to start a private one with.
            Any one of these helps:
              - Install PostgreSQL; nothing has to be configured.
                  Debian, Ubuntu   sudo apt-get install postgresql
                  Fedora           sudo dnf install postgresql-server
                  macOS            brew install postgresql@17
                  Windows          winget install PostgreSQL.PostgreSQL.17
              - With Docker: .ci/make-secrets, then docker compose up --build --wait web (README.md, "In containers").
              - Use a server you have: set ConnectionStrings:Store (environment: ConnectionStrings__Store) to a login of
                role store_web, ConnectionStrings:Admin (ConnectionStrings__Admin) to one of role store_admin, and
                ConnectionStrings:Worker (ConnectionStrings__Worker) to one of role store_worker.
            What was tried:
              {string.Join("\n  ", failures)}
            """);
    }

    /// <summary>The version of the programs in a folder, or why there is none that runs.</summary>
    internal static async Task<(int? MajorVersion, string Why)> VersionAsync(string bin)
    {
        var missing = Needed.Where(name => !File.Exists(PathOf(bin, name))).ToList();
        if (missing.Count > 0)
            return (null, $"it has no {string.Join(", no ", missing)}.");
        var (exitCode, output) = await LocalPostgresAccount.RunServerProgramAsync(
            PathOf(bin, "postgres"), ["--version"], Path.GetTempPath());
        return exitCode == 0 && Version().Match(output) is { Success: true } match
            ? (int.Parse(match.Groups[1].ValueSpan), "")
            : (null, $"{PathOf(bin, "postgres")} does not run as {LocalPostgresAccount.Name ?? "this user"}: {output}");
    }

    [GeneratedRegex(@"\(PostgreSQL\) (\d+)")]
    private static partial Regex Version();
}
