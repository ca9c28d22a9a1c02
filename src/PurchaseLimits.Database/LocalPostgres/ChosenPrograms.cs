using System.Globalization;

namespace PurchaseLimits.Database;

/// <summary>
/// Which PostgreSQL the private server is to be, where somebody chose: the environment's <c>PURCHASELIMITS_POSTGRES</c> is a
/// major version (<c>18</c>) or a folder of server programs (<c>/usr/lib/postgresql/18/bin</c>). Nothing else is taken then.
/// </summary>
public static class ChosenPrograms
{
    public const string Variable = "PURCHASELIMITS_POSTGRES";

    /// <summary>The version or the folder, or null where nobody chose.</summary>
    public static string? Choice => Environment.GetEnvironmentVariable(Variable) is { } choice && choice.Trim().Length > 0 ? choice.Trim() : null;

    /// <summary>The major version that a choice is, or null where it is a folder.</summary>
    public static int? Version(string choice) =>
        int.TryParse(choice, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : null;

    /// <summary>The chosen programs.</summary>
    /// <param name="choice">See <see cref="Choice"/>.</param>
    /// <param name="folder">The server's.</param>
    /// <param name="startsOver">Its data, if any, are about to be deleted.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    /// <exception cref="LocalPostgresException">They are not there, do not run, are too old, or cannot read the data that exist.</exception>
    internal static async Task<LocalPostgresPrograms> FindAsync(
        string choice, LocalPostgresFolder folder, bool startsOver, CancellationToken cancellationToken)
    {
        var programs = Version(choice) is { } version ? await InstalledAsync(version, cancellationToken) : await InAsync(choice);
        if (programs.MajorVersion < LocalPostgresPrograms.OldestMajorVersion)
            throw new LocalPostgresException(
                $"{Variable} is '{choice}', which is PostgreSQL {programs.MajorVersion}; {LocalPostgresPrograms.OldestMajorVersion} or later is needed.");
        if (!startsOver && folder.MajorVersion is { } dataVersion && dataVersion != programs.MajorVersion)
            throw new LocalPostgresException(
                $"{Variable} is '{choice}', which is PostgreSQL {programs.MajorVersion}, but the data in {folder.Data} were made by " +
                $"PostgreSQL {dataVersion}. Unset {Variable}, or delete {folder.Path} to start over.");
        return programs;
    }

    private static async Task<LocalPostgresPrograms> InAsync(string bin)
    {
        if (!Path.IsPathFullyQualified(bin) || !Directory.Exists(bin))
            throw new LocalPostgresException($"{Variable} is '{bin}', which is no major version of PostgreSQL and no folder (its full path is needed).");
        var (version, why) = await LocalPostgresPrograms.VersionAsync(bin);
        return version is { } major
            ? new LocalPostgresPrograms(bin, major)
            : throw new LocalPostgresException($"{Variable} is '{bin}', and no PostgreSQL can be started from there: {why}");
    }

    private static async Task<LocalPostgresPrograms> InstalledAsync(int version, CancellationToken cancellationToken)
    {
        var others = new SortedSet<int>();
        foreach (var bin in await InstalledPrograms.FindAsync(cancellationToken))
        {
            if ((await LocalPostgresPrograms.VersionAsync(bin)).MajorVersion is not { } found)
                continue;
            if (found == version)
                return new LocalPostgresPrograms(bin, found);
            others.Add(found);
        }
        throw new LocalPostgresException(
            $"{Variable} is '{version}', and of PostgreSQL {(others.Count == 0 ? "nothing" : "only " + string.Join(", ", others))} is installed here. " +
            "Install that version, or set the variable to the folder that holds its initdb, pg_ctl and postgres.");
    }
}
