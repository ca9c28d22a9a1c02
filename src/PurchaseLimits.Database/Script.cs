using System.Reflection;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace PurchaseLimits.Database;

/// <summary>One SQL file below <c>db/</c>.</summary>
/// <param name="Name">Its path below <c>db/</c>: <c>migrations/0001_create_schemas.sql</c>.</param>
/// <param name="Text">Its content, lines ended by LF.</param>
public sealed partial record Script(string Name, string Text)
{
    // The order of a run. Roles are not here: they belong to the server and are looked after before all else.
    private static readonly string[] s_folders = ["migrations", "functions", "reports", "views", "grants"];

    /// <summary>SHA-256 of the text in lower-case hex, the same on every platform.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    /// <summary>A query of the folder <c>checks</c>, of the same name: empty after the migration ran and ever after. Null where nothing was stated.</summary>
    public string? Check { get; init; }

    public string Folder => Name[..Name.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>A migration runs once and is never edited; everything else is run again when its text changed.</summary>
    public bool IsMigration => Folder == "migrations";

    /// <summary>Where its folder stands in a run, from 0.</summary>
    public int FolderOrder => Array.IndexOf(s_folders, Folder);

    /// <summary>
    /// Header <c>-- no-transaction</c>: for what PostgreSQL refuses inside of one, CREATE INDEX CONCURRENTLY above all. Such a
    /// script is one statement that may be run twice.
    /// </summary>
    public bool RunsOutsideTransaction => Header("no-transaction") is not null;

    /// <summary>Header <c>-- breaks-older-web: why</c>: a web that does not know this script refuses to start. Null without it.</summary>
    public string? BreaksOlderWeb => Header("breaks-older-web");

    /// <summary>The functions and views that it makes, as <c>function store.price_at</c>.</summary>
    public IReadOnlyList<string> Makes =>
        [.. Made().Matches(WithoutComments()).Select(match => $"{match.Groups["kind"].Value.ToLowerInvariant()} {match.Groups["name"].Value}").Distinct()];

    /// <summary>
    /// Which release the scripts are of, counted up by each that changes one (a lint sees to it): how an older program knows that a
    /// newer one was here, whatever that changed. 0: of a time when nobody counted.
    /// </summary>
    public static int Release { get; } = int.Parse(Read("release"), System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The number in a folder like <c>db/</c>; 0 where there is none.</summary>
    public static int ReleaseOf(string folder) =>
        File.Exists(Path.Combine(folder, "release")) ? int.Parse(File.ReadAllText(Path.Combine(folder, "release")), System.Globalization.CultureInfo.InvariantCulture) : 0;

    /// <summary>The scripts of a folder in place of those built into this program: a folder like <c>db/</c>.</summary>
    /// <exception cref="MigrationException">There is no such folder, or nothing of a schema in it.</exception>
    public static IReadOnlyList<Script> From(string folder)
    {
        if (!Directory.Exists(folder))
            throw new MigrationException($"There is no folder {folder}.");
        var scripts = Directory.EnumerateFiles(folder, "*.sql", SearchOption.AllDirectories)
            .Select(file => (Name: Path.GetRelativePath(folder, file).Replace('\\', '/'), File: file))
            .Where(file => file.Name.Contains('/', StringComparison.Ordinal))
            .Select(file => new Script(file.Name, File.ReadAllText(file.File).ReplaceLineEndings("\n")))
            .ToList();
        return scripts.Any(script => script.FolderOrder >= 0) ? ScriptOrder.Of(scripts) : throw new MigrationException($"{folder} has no {string.Join(", ", s_folders)} in it.");
    }

    /// <summary>The scripts built into this program that make up the schema, in the order in which they run.</summary>
    public static IReadOnlyList<Script> Schema { get; } = ScriptOrder.Of(Embedded());

    /// <summary>One script built into this program, by name.</summary>
    public static Script Named(string name) => Embedded().Single(script => script.Name == name);

    /// <summary>The text without comments: what names objects in earnest.</summary>
    internal string WithoutComments() => Comment().Replace(Text, "");

    private string? Header(string name)
    {
        foreach (var line in Text.Split('\n').TakeWhile(line => line.StartsWith("--", StringComparison.Ordinal)))
        {
            var match = HeaderLine().Match(line);
            if (match.Success && match.Groups["name"].Value == name)
                return match.Groups["value"].Value.Trim();
        }

        return null;
    }

    private static IEnumerable<Script> Embedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)))
        {
            yield return new Script(name, Read(name));
        }
    }

    private static string Read(string name)
    {
        using var reader = new StreamReader(typeof(Script).Assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
        return reader.ReadToEnd().ReplaceLineEndings("\n");
    }

    [GeneratedRegex(@"^-- (?<name>no-transaction|breaks-older-web)(:(?<value>.*))?$")]
    private static partial Regex HeaderLine();

    [GeneratedRegex("--[^\n]*|/\\*.*?\\*/", RegexOptions.Singleline)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bCREATE\s+(OR\s+REPLACE\s+)?(?<kind>FUNCTION|PROCEDURE|VIEW)\s+(?<name>[a-z_]+\.[a-z_0-9]+)", RegexOptions.IgnoreCase)]
    private static partial Regex Made();
}
