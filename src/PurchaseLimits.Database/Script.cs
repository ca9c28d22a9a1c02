using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace PurchaseLimits.Database;

/// <summary>One SQL file below <c>db/</c>.</summary>
/// <param name="Name">Its path below <c>db/</c>: <c>migrations/0001_create_schemas.sql</c>.</param>
/// <param name="Text">Its content, lines ended by LF.</param>
public sealed record Script(string Name, string Text)
{
    // The order of a run. Roles are not here: they belong to the server and are looked after before all else.
    private static readonly string[] s_folders = ["migrations", "functions", "reports", "views", "grants"];

    /// <summary>SHA-256 of the text in lower-case hex, the same on every platform.</summary>
    public string Hash => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Text)));

    public string Folder => Name[..Name.IndexOf('/', StringComparison.Ordinal)];

    /// <summary>A migration runs once and is never edited; everything else is run again when its text changed.</summary>
    public bool IsMigration => Folder == "migrations";

    /// <summary>Where its folder stands in a run, from 0.</summary>
    public int FolderOrder => Array.IndexOf(s_folders, Folder);

    /// <summary>The scripts built into this program that make up the schema, in the order in which they run.</summary>
    public static IReadOnlyList<Script> Schema { get; } =
        [.. Embedded().Where(script => script.FolderOrder >= 0).OrderBy(script => script.FolderOrder).ThenBy(script => script.Name, StringComparer.Ordinal)];

    /// <summary>One script built into this program, by name.</summary>
    public static Script Named(string name) => Embedded().Single(script => script.Name == name);

    private static IEnumerable<Script> Embedded()
    {
        var assembly = Assembly.GetExecutingAssembly();
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.EndsWith(".sql", StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
            yield return new Script(name, reader.ReadToEnd().ReplaceLineEndings("\n"));
        }
    }
}
