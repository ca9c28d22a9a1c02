using Npgsql;
using PurchaseLimits.Database;

namespace PurchaseLimits.Web.Operating;

/// <summary>
/// Reads every setting before anything begins and says all that is wrong at once: what cannot be read, what is out of range,
/// what is missing, and what nobody reads because its name is mistyped. Values are never shown; some are passwords.
/// </summary>
public static class SettingsCheck
{
    private const string Connections = StoreConnections.Section;

    private static readonly Dictionary<string, string> s_logins = new()
    {
        ["Store"] = "a login of role store_web",
        ["Admin"] = "a login of role store_admin",
        ["Worker"] = "a login of role store_worker",
    };

    // The last is the migrator's, which may be given the same environment.
    private static readonly string[] s_connections =
        [.. StoreConnections.Names, .. StoreConnections.Names.Select(name => name + StoreConnections.FileSuffix), "Migrator"];

    /// <summary>A sentence for each mistake; it names the setting.</summary>
    public static IReadOnlyList<string> Mistakes(IServiceProvider services)
    {
        var configuration = services.GetRequiredService<IConfiguration>();
        var sections = services.GetServices<SettingsSection>().ToList();
        string[] known = [.. sections.SelectMany(section => section.Settings), .. s_connections.Select(name => $"{Connections}:{name}")];
        var unknown = sections.SelectMany(section => section.Unknown(configuration)).Concat(MistypedConnections(configuration));
        return
        [
            .. StoreConnections.Names.Select(name => ConnectionMistakeOrNull(configuration, name)).OfType<string>(),
            .. StoreConnections.Names.Select(name => StoreConnections.FileMistakeOrNull(configuration, name)).OfType<string>(),
            .. sections.SelectMany(section => section.Mistakes(configuration, services)),
            .. unknown.Select(name => $"{name} is no setting of this program; the nearest one is {Nearest(name, known)}."),
            .. MistypedSections(configuration, [.. sections.Select(section => section.Name), Connections]),
            .. HostSettings.Mistakes(configuration, services.GetRequiredService<IHostEnvironment>()),
        ];
    }

    // What is nowhere near ours is another program's, in an environment that both are given.
    private static IEnumerable<string> MistypedConnections(IConfiguration configuration) =>
        configuration.GetSection(Connections).GetChildren()
            .Where(connection => !string.IsNullOrEmpty(connection.Value))
            .Select(connection => connection.Key)
            // .NET adds it to what it takes from POSTGRESQLCONNSTR_…, as some platforms call connection strings.
            .Where(name => !name.EndsWith("_ProviderName", StringComparison.OrdinalIgnoreCase))
            .Where(name => IsMistyped(name, s_connections))
            .Select(name => $"{Connections}:{name}");

    private static IEnumerable<string> MistypedSections(IConfiguration configuration, string[] known) =>
        configuration.GetChildren()
            .Where(section => section.GetChildren().Any() && IsMistyped(section.Key, known))
            .Select(section => $"{section.Key}:… are no settings of this program; the nearest ones are {Nearest(section.Key, known)}:….");

    private static string? ConnectionMistakeOrNull(IConfiguration configuration, string name)
    {
        var text = configuration.GetConnectionString(name);
        if (string.IsNullOrWhiteSpace(text))
            return s_logins.TryGetValue(name, out var login) ? $"{Connections}:{name} must be set: {login}." : null;
        if (UnreadableOrNull(text) is { } why)
            return $"{Connections}:{name} {why}.";
        return configuration[$"{Connections}:{name}{StoreConnections.FileSuffix}"] is { Length: > 0 }
               && new NpgsqlConnectionStringBuilder(text).Password is { Length: > 0 }
            ? $"Give the password in {Connections}:{name} or {Connections}:{name}{StoreConnections.FileSuffix}, not in both."
            : null;
    }

    private static string? UnreadableOrNull(string text)
    {
        if (ConnectionStringCheck.MistakeOrNull(text) is { } mistake)
            return mistake;
        var settings = new NpgsqlConnectionStringBuilder(text);
        return string.IsNullOrWhiteSpace(settings.Host) || string.IsNullOrWhiteSpace(settings.Database) || string.IsNullOrWhiteSpace(settings.Username)
            ? $"names no host, no database or no user: {ConnectionStringCheck.Shape}"
            : null;
    }

    /// <summary>One or two letters from one of them, and none of them.</summary>
    private static bool IsMistyped(string name, string[] known) => Distance(name, Nearest(name, known)) is 1 or 2;

    private static string Nearest(string name, IEnumerable<string> known) => known.MinBy(other => Distance(name, other))!;

    /// <summary>How many letters to insert, drop or exchange to come from one to the other, in whatever case (Levenshtein).</summary>
    private static int Distance(string one, string other)
    {
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var exchanged = diagonal + (char.ToUpperInvariant(one[i - 1]) == char.ToUpperInvariant(other[j - 1]) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(exchanged, Math.Min(row[j], row[j - 1]) + 1);
            }
        }

        return row[^1];
    }
}
