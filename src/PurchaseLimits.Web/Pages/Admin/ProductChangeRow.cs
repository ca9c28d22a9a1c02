using System.Globalization;
using System.Text.Json;
using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>One change of a product: who, when, what from what to what.</summary>
public sealed record ProductChangeRow
{
    /// <summary>How many changes a product's page shows.</summary>
    public const int MaxCount = 50;

    public long Revision { get; init; }
    public string Kind { get; init; } = "";
    public string Before { get; init; } = "{}";
    public string After { get; init; } = "{}";
    public string Actor { get; init; } = "";
    public DateTimeOffset OccurredAt { get; init; }

    public sealed record Field(string Name, string? Old, string? New);

    public string Words => Kind switch
    {
        "created" => "Created",
        "changed" => "Changed",
        "withdrawn" => "Withdrawn: no longer sold",
        "restored" => "Brought back: sold again",
        "price_taken_back" => "A future price was taken back",
        "price_replaced" => "A future price was replaced",
        // A kind that came with a later version: better its name than nothing.
        _ => Kind.Replace('_', ' '),
    };

    /// <summary>What is different, field by field, as people read it.</summary>
    public IReadOnlyList<Field> Fields
    {
        get
        {
            var (before, after) = (Read(Before), Read(After));
            return [.. before.Keys.Union(after.Keys).Order(StringComparer.Ordinal)
                .Select(name => new Field(name, before.GetValueOrDefault(name), after.GetValueOrDefault(name)))];
        }
    }

    /// <summary>Newest first.</summary>
    /// <param name="dataSources">Where to read.</param>
    /// <param name="productId">Which product.</param>
    /// <param name="sinceRevision">Only those that came after this one.</param>
    public static async Task<IReadOnlyList<ProductChangeRow>> ReadAsync(StoreDataSources dataSources, long productId, long sinceRevision = 0)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<ProductChangeRow>(
            $"""
            SELECT c.revision, c.kind, c.before::text, c.after::text, c.actor, c.occurred_at
            FROM store.product_change c
            WHERE c.product_id = @productId
              AND c.revision > @sinceRevision
            ORDER BY c.revision DESC
            LIMIT {MaxCount}
            """,
            new { productId, sinceRevision })).AsList();
    }

    private static Dictionary<string, string> Read(string json)
    {
        var fields = JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? [];
        if (fields.TryGetValue("price", out var price))
            fields["price"] = Display.Money(decimal.Parse(price, CultureInfo.InvariantCulture));
        return fields;
    }
}
