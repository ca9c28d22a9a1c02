using System.Text.RegularExpressions;
using MysticMind.PostgresEmbed;

namespace PurchaseLimits.Database;

/// <summary>Server programs that somebody installed, or that an earlier run fetched.</summary>
internal static partial class InstalledPrograms
{
    /// <summary>Folders that may hold them; in one place the highest version first.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken)
    {
        List<string> folders =
        [
            .. Below("/usr/lib/postgresql", "*"),
            .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        ];
        var (exitCode, output) = await LocalPostgresAccount.RunAsync("pg_config", ["--bindir"], cancellationToken: cancellationToken);
        if (exitCode == 0)
            folders.Add(output);
        folders.AddRange(Below("/opt/homebrew/opt", "postgresql*"));
        folders.AddRange(Below("/usr/local/opt", "postgresql*"));
        if (OperatingSystem.IsWindows())
            folders.AddRange(Below(
                Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "PostgreSQL"), "*"));
        folders.AddRange(Below(DownloadedPrograms.Folder, "postgres-*"));
        return folders;
    }

    public static IEnumerable<string> Below(string folder, string pattern) =>
        !Directory.Exists(folder)
            ? []
            : Directory.GetDirectories(folder, pattern)
                .OrderByDescending(path => int.TryParse(Number().Match(Path.GetFileName(path)).Value, out var number) ? number : 0)
                .Select(path => Path.Combine(path, "bin"));

    [GeneratedRegex(@"\d+")]
    private static partial Regex Number();
}

/// <summary>As root on Debian and its descendants: the distribution's package.</summary>
internal static class DebianPackages
{
    private const string ClusterSettings = "/etc/postgresql-common/createcluster.conf";

    /// <exception cref="LocalPostgresException">apt-get failed, or another process has been installing for ten minutes.</exception>
    public static async Task<IReadOnlyList<string>> InstallAsync(Action<string> say, CancellationToken cancellationToken)
    {
        if (!LocalPostgresAccount.IsRoot || !IsDebian())
            return [];
        say("Installing PostgreSQL from the distribution's packages …");
        // The package would otherwise make and start a server of its own on port 5432.
        if (!File.Exists(ClusterSettings))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(ClusterSettings)!);
            await File.WriteAllTextAsync(
                ClusterSettings, "# PurchaseLimits wanted the programs only.\ncreate_main_cluster = false\n", cancellationToken);
        }
        await AptGetAsync("update");
        cancellationToken.ThrowIfCancellationRequested();
        await AptGetAsync("install", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", "postgresql");
        return await InstalledPrograms.FindAsync(cancellationToken);
    }

    // Not cancelled: a half-configured package is worse than a minute's wait. Two processes at once wait for each other.
    private static async Task AptGetAsync(params string[] arguments)
    {
        var (exitCode, output) = await LocalPostgresAccount.RunAsync(
            "apt-get",
            ["-qq", "-o", "DPkg::Lock::Timeout=600", .. arguments],
            environment: [("DEBIAN_FRONTEND", "noninteractive"), ("UCF_FORCE_CONFFOLD", "1")]);
        if (exitCode != 0)
            throw new LocalPostgresException(
                $"apt-get {arguments[0]} failed: {string.Join(" / ", output.Split('\n').TakeLast(3))}");
    }

    private static bool IsDebian() =>
        File.Exists("/etc/os-release")
        && File.ReadLines("/etc/os-release")
            .Select(line => line.Split('=', 2))
            .Where(pair => pair is ["ID" or "ID_LIKE", _])
            .SelectMany(pair => pair[1].Trim('"').Split(' '))
            .Any(id => id is "debian" or "ubuntu");
}

/// <summary>Binaries made for embedding, fetched once. They have initdb, pg_ctl and postgres only: no psql, no pg_dump.</summary>
internal static class DownloadedPrograms
{
    private const string PostgresVersion = "17";

    public static string Folder => Path.Combine(LocalPostgresFolder.Root, "programs");

    /// <exception cref="PostgresEmbedException">They could not be fetched.</exception>
    public static async Task<IReadOnlyList<string>> FetchAsync(Action<string> say, CancellationToken cancellationToken)
    {
        say($"Fetching PostgreSQL {PostgresVersion} …");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(5));
        // Only to install: the package starts servers with trust for everybody, and not as root.
        await using var package = new PgServer(new PgServerOptions
        {
            PgVersion = PostgresVersion,
            DbDir = Folder,
            BinariesDir = Folder,
        });
        await package.InstallAsync(limit.Token);
        return [package.PgBinDir];
    }
}
