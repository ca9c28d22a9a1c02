using System.Globalization;
using Dapper;
using Npgsql;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What of the audit is asked for, and how it is read: one part after the other, each by an index of its own.</summary>
public sealed record AuditFilter
{
    /// <summary>As addresses carry it.</summary>
    public sealed record Input
    {
        /// <summary>An admin's number.</summary>
        public string? Who { get; init; }

        /// <summary>A key of <see cref="Kinds"/>.</summary>
        public string? Kind { get; init; }

        /// <summary>A customer's number.</summary>
        public string? Customer { get; init; }

        /// <summary>The first and the last day, in the store's zone: 2026-11-24.</summary>
        public string? From { get; init; }
        public string? To { get; init; }
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    /// <summary>A group of kinds: how they begin, and which views of <c>store.admin_action_…</c> have them.</summary>
    public sealed record Group(string Words, string Prefix, params string[] Parts);

    public static readonly IReadOnlyDictionary<string, Group> Kinds = new Dictionary<string, Group>
    {
        ["limits"] = new("Limits", "limit_", "event", "limit_import"),
        ["purchases"] = new("Purchases and refunds", "purchase_", "event"),
        ["releases"] = new("Frozen customers", "customer_", "freeze"),
        ["products"] = new("Products", "product_", "product_change"),
        ["prices"] = new("Prices", "price_", "price", "price_import", "product_change"),
        ["settings"] = new("Settings and rights", "setting_", "setting", "right"),
        ["accounts"] = new("Admins’ sign-in", "account_", "account"),
    };

    private static readonly string[] s_all = ["event", "freeze", "limit_import", "price", "price_import", "product_change", "setting", "right", "account"];

    public Input Query { get; private init; } = new();

    private string? Actor { get; init; }
    private Group? Kind { get; init; }
    private long? CustomerId { get; init; }
    private DateTimeOffset? Since { get; init; }
    private DateTimeOffset? Until { get; init; }
    private Position? Before { get; init; }
    private Position? After { get; init; }

    /// <summary>Between two entries: the moment and what tells apart what happened then.</summary>
    private sealed record Position(DateTimeOffset HappenedAt, string EntryKey);

    /// <summary>Null where the address makes no sense; a field that is wrong is named.</summary>
    public static async Task<AuditFilter?> ReadOrNullAsync(NpgsqlDataSource source, Input query, Action<string> wrong)
    {
        long who = 0, customer = 0;
        Position? before = null, after = null;
        if (!string.IsNullOrEmpty(query.Who) && !StrictInput.TryId(query.Who, out who)
            || !string.IsNullOrEmpty(query.Kind) && !Kinds.ContainsKey(query.Kind)
            || query.Before is not null && !TryPosition(query.Before, out before)
            || query.After is not null && !TryPosition(query.After, out after)
            || before is not null && after is not null)
            return null;
        if (!string.IsNullOrWhiteSpace(query.Customer) && !StrictInput.TryId(query.Customer.Trim(), out customer))
            wrong("customer");
        var from = TryDate(query.From, "from");
        var to = TryDate(query.To, "to");

        await using var connection = await source.OpenConnectionAsync();
        var (since, until) = await connection.QuerySingleAsync<(DateTimeOffset?, DateTimeOffset?)>(
            """
            SELECT (@from::date)::timestamp AT TIME ZONE s.time_zone, (@to::date + 1)::timestamp AT TIME ZONE s.time_zone
            FROM store.store_setting s
            WHERE s.store_setting_id = 1
            """,
            new { from, to });
        return new AuditFilter
        {
            Query = query with { Before = null, After = null },
            Actor = who > 0 ? $"admin {who}" : null,
            Kind = string.IsNullOrEmpty(query.Kind) ? null : Kinds[query.Kind],
            CustomerId = customer > 0 ? customer : null,
            Since = since,
            Until = until,
            Before = before,
            After = after,
        };

        string? TryDate(string? text, string field)
        {
            if (string.IsNullOrWhiteSpace(text))
                return null;
            if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) && date.Year is >= 1900 and < 9999)
                return text;
            wrong(field);
            return null;
        }
    }

    /// <summary>Entries, newest first: a page and, where there are more in that direction, one more.</summary>
    public async Task<IReadOnlyList<AuditEntry>> ReadAsync(NpgsqlConnection connection, int size)
    {
        // Forwards to newer ones the nearest come first: they are turned round below.
        var order = After is null ? "DESC" : "";
        string[] conditions =
        [
            .. Only(Actor is not null, "e.actor = @Actor"),
            .. Only(Kind is not null, "starts_with(e.kind, @prefix)"),
            .. Only(CustomerId is not null, "e.customer_id = @CustomerId"),
            .. Only(Since is not null, "e.happened_at >= @Since"),
            .. Only(Until is not null, "e.happened_at < @Until"),
            // The first of the two is what an index knows.
            .. Only(Before is not null, "e.happened_at <= @at AND (e.happened_at, e.entry_key COLLATE \"C\") < (@at, @key)"),
            .. Only(After is not null, "e.happened_at >= @at AND (e.happened_at, e.entry_key COLLATE \"C\") > (@at, @key)"),
        ];
        var where = conditions.Length == 0 ? "" : $"WHERE {string.Join(" AND ", conditions)}";
        var parts = string.Join("\nUNION ALL\n", Parts().Select(part =>
            $"""
            (SELECT e.* FROM store.admin_action_{part} e {where}
             ORDER BY e.happened_at {order}, e.entry_key COLLATE "C" {order} LIMIT @limit)
            """));
        var rows = (await connection.QueryAsync<AuditEntry>(
            $"""
            SELECT e.*, coalesce(c.display_name, p.name) AS name
            FROM (SELECT q.* FROM ({parts}) q ORDER BY q.happened_at {order}, q.entry_key COLLATE "C" {order} LIMIT @limit) e
            LEFT JOIN store.customer c ON c.customer_id = e.customer_id
            LEFT JOIN store.product p ON p.product_id = e.product_id
            ORDER BY e.happened_at {order}, e.entry_key COLLATE "C" {order}
            """,
            new
            {
                Actor,
                prefix = Kind?.Prefix,
                CustomerId,
                Since,
                Until,
                at = (Before ?? After)?.HappenedAt,
                key = (Before ?? After)?.EntryKey,
                limit = size + 1,
            })).AsList();
        if (After is not null)
            rows.Reverse();
        return rows;
    }

    /// <summary>One page of entries, and where the next and the one before begin; null where there is none.</summary>
    public async Task<(IReadOnlyList<AuditEntry> Rows, string? Newer, string? Older)> ReadPageAsync(NpgsqlConnection connection, int size)
    {
        var rows = await ReadAsync(connection, size);
        var hasMore = rows.Count > size;
        if (hasMore)
            rows = [.. After is null ? rows.Take(size) : rows.Skip(1)];

        // Where the reader came from there is something; on the other side there is when a row more was found.
        var newer = rows.Count > 0 && (After is null ? Before is not null : hasMore);
        var older = rows.Count > 0 && (After is not null || hasMore);
        return (rows, newer ? Key(rows[0]) : null, older ? Key(rows[^1]) : null);
    }

    /// <summary>The same filter, for what comes after an entry.</summary>
    public AuditFilter OlderThan(AuditEntry entry) => this with { Before = new Position(entry.HappenedAt, entry.EntryKey), After = null };

    // What a file of limits changed for everybody is one entry. Customer by customer it is for who looks at one of them.
    private string[] Parts() => CustomerId is null ? Kind?.Parts ?? s_all
        : Kind is null ? ["event", "freeze", "import_row"]
        : Kind.Prefix == "limit_" ? ["event", "import_row"]
        : Kind.Parts;

    private static string Key(AuditEntry entry) => $"{StrictInput.Moment(entry.HappenedAt.ToUniversalTime())} {entry.EntryKey}";

    private static bool TryPosition(string text, out Position? position)
    {
        position = null;
        var space = text.IndexOf(' ', StringComparison.Ordinal);
        if (space < 0 || text.Length > 400 || !StrictInput.TryMoment(text[..space], out var moment))
            return false;
        position = new Position(moment, text[(space + 1)..]);
        return true;
    }

    private static string[] Only(bool isAsked, string condition) => isAsked ? [condition] : [];
}
