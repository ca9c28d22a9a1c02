using System.Text.RegularExpressions;

namespace PurchaseLimits.Database;

/// <summary>
/// The order in which scripts run: migrations by number; then functions, reports and views, each behind what it needs; then
/// grants. What a script needs is read from its text, so that nobody has to keep a list.
/// </summary>
internal static partial class ScriptOrder
{
    /// <exception cref="MigrationException">Scripts need each other in a circle; the message names them.</exception>
    public static IReadOnlyList<Script> Of(IEnumerable<Script> scripts)
    {
        var all = scripts.ToList();
        var checks = all.Where(script => script.Folder == "checks").ToDictionary(script => script.Name["checks/".Length..], script => script.Text);
        var sorted = all.Where(script => script.FolderOrder >= 0).OrderBy(script => script.FolderOrder).ThenBy(script => script.Name, StringComparer.Ordinal).ToList();
        return
        [
            .. sorted.Where(script => script.IsMigration).Select(script => script with { Check = checks.GetValueOrDefault(script.Name["migrations/".Length..]) }),
            .. ByNeed([.. sorted.Where(IsReplaceable)]),
            .. sorted.Where(script => script.Folder == "grants"),
        ];
    }

    /// <summary>
    /// Of scripts in order those that must run again when some have changed: these, and what needs one of them that drops
    /// something, since that may have gone with it.
    /// </summary>
    public static IReadOnlyList<Script> WithDependents(IReadOnlyList<Script> scripts, HashSet<string> changed)
    {
        var gone = scripts.Where(script => changed.Contains(script.Name) && IsReplaceable(script) && Drops().IsMatch(script.WithoutComments())).Select(script => script.Name).ToHashSet();
        // Nearly always nothing is, and what a script needs takes long to find out: a web that runs is asked every second whether it is ready.
        if (gone.Count > 0)
        {
            var needs = Needs([.. scripts.Where(IsReplaceable)]);
            // In order: what a script needs has been looked at before it.
            foreach (var script in scripts.Where(script => IsReplaceable(script) && gone.Overlaps(needs[script.Name])))
                gone.Add(script.Name);
        }

        return [.. scripts.Where(script => changed.Contains(script.Name) || gone.Contains(script.Name))];
    }

    private static bool IsReplaceable(Script script) => !script.IsMigration && script.Folder != "grants";

    private static List<Script> ByNeed(IReadOnlyList<Script> scripts)
    {
        var needs = Needs(scripts);
        var byName = scripts.ToDictionary(script => script.Name);
        var ordered = new List<Script>();
        var done = new HashSet<string>();
        var path = new List<string>();
        foreach (var script in scripts)
            Visit(script);
        return ordered;

        void Visit(Script script)
        {
            if (done.Contains(script.Name))
                return;
            if (path.Contains(script.Name))
                throw new MigrationException($"These need each other, so none can be the first: {string.Join(" → ", path.SkipWhile(name => name != script.Name))} → {script.Name}.");
            path.Add(script.Name);
            foreach (var needed in needs[script.Name])
                Visit(byName[needed]);
            path.RemoveAt(path.Count - 1);
            done.Add(script.Name);
            ordered.Add(script);
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> Needs(IReadOnlyList<Script> scripts)
    {
        var makers = new Dictionary<string, string>();
        foreach (var script in scripts)
        {
            foreach (var made in script.Makes)
                makers[NameOf(made)] = script.Name;
        }

        return scripts.ToDictionary(script => script.Name, script => (IReadOnlyList<string>)
            [.. Mentions(script).Select(name => makers.GetValueOrDefault(name)).OfType<string>().Where(name => name != script.Name).Distinct().Order(StringComparer.Ordinal)]);
    }

    private static IEnumerable<string> Mentions(Script script)
    {
        var text = CheckedWhenMade(script);
        foreach (var match in QualifiedName().Matches(text).Cast<Match>())
            yield return match.Value;
        // A function with a search path names what it needs without its schema.
        var schemas = script.Makes.Select(made => NameOf(made).Split('.')[0]).Append("store").Distinct().ToList();
        foreach (var match in PlainName().Matches(text).Cast<Match>())
        {
            foreach (var schema in schemas)
                yield return $"{schema}.{match.Groups["name"].Value}";
        }
    }

    // "store.price_at" of "function store.price_at".
    private static string NameOf(string made) => made.Split(' ')[1];

    // The body of a PL/pgSQL function is looked at when it runs, so such functions may call each other in circles.
    private static string CheckedWhenMade(Script script) =>
        ProceduralBody().Replace(script.WithoutComments(), "");

    [GeneratedRegex(@"\b[a-z_]+\.[a-z_0-9]+\b")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"(?<![.\w])(?<name>[a-z_][a-z_0-9]*)\s*\(|\b(FROM|JOIN)\s+(?<name>[a-z_][a-z_0-9]*)\b(?!\.)", RegexOptions.IgnoreCase)]
    private static partial Regex PlainName();

    [GeneratedRegex(@"\bLANGUAGE\s+plpgsql\b((?!\bLANGUAGE\b).)*?\$(?<tag>[a-z_]*)\$.*?\$\k<tag>\$", RegexOptions.Singleline | RegexOptions.IgnoreCase)]
    private static partial Regex ProceduralBody();

    [GeneratedRegex(@"^\s*DROP\s", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex Drops();
}
