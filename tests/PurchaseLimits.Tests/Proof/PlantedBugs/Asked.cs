using System.Globalization;
using PurchaseLimits.Tests.Proof.Interleavings;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>Commands that show a planted bug. All begin with $300.00 of $500.00 used.</summary>
internal static class Asked
{
    /// <summary>A product whose price rose half an hour ago, from $100.00 to $130.00.</summary>
    public const string RisingPrice =
        """
        INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (5, 1, 'Product 5', 'A thing.', 'mug');
        INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor)
        VALUES (5, now() - interval '1 day', now() - interval '30 minutes', 100, 'test'), (5, now() - interval '30 minutes', 'infinity', 130, 'test')
        """;

    /// <summary>Has any amount held: a product without a price costs at most what the customer says.</summary>
    public static Command Hold(string key, decimal atMost, int quantity = 1)
    {
        var (unit, total) = (Text(atMost), Text(atMost * quantity));
        return Command.Money(
            $"hold {key} {total}", "store_web",
            $$"""store.place_purchase(@customer, test.key(@customer, '{{key}}'), test.priced_at(), {{total}}, '{4}', '{{{quantity}}}', '{{{unit}}}')""", key);
    }

    /// <summary>Buys what a page showed at $100.00 that has been open for an hour.</summary>
    public static Command BuyAsShown { get; } = Command.Money(
        "buy c", "store_web", "store.place_purchase(@customer, test.key(@customer, 'c'), test.priced_at() - interval '1 hour', 100, '{5}', '{1}', '{NULL}')", "c");

    /// <summary>The same key for every customer.</summary>
    public static Command BuyWithEverybodysKey { get; } = Command.Money(
        "buy shared", "store_web",
        "store.place_purchase(@customer, '00000000-0000-4000-8000-000000000000', test.priced_at(), 120, '{3}', '{1}', '{NULL}')");

    /// <summary>Raises the limit from tomorrow on.</summary>
    public static Command RaiseTomorrow { get; } = Command.Money(
        "raise tomorrow", "store_admin",
        "store.change_limit(@customer, test.key(@customer, 'raise'), 'lifetime', NULL, 700, clock_timestamp() + interval '1 day', NULL, 'as asked', 'admin 1')");

    /// <summary>Looks by itself whether a purchase fits, and then has it written.</summary>
    public static Command CheckedFirst(string key, int price, int productId) => new(
        $"checked {key}", ExplorerDatabase.Superuser,
        new CommandTransaction(
            $"SELECT CASE WHEN a.limit_amount - a.amount - a.held >= {price} THEN 'fits' ELSE 'over' END FROM store.customer_purchased_amount a WHERE a.customer_id = @customer"),
        new CommandTransaction(
            $$"""
            SELECT CASE @previous
                WHEN 'fits' THEN (
                    SELECT jsonb_strip_nulls(to_jsonb(r))::text
                    FROM store.place_purchase(@customer, test.key(@customer, '{{key}}'), test.priced_at(), {{price}}, '{{{productId}}}', '{1}', '{NULL}') r
                )
                ELSE @previous
            END
            """));

    /// <summary>Places purchases together: of products 1, $150.00, or 3, $120.00, in this order, with the keys "a", "b" and "c".</summary>
    public static Command Group(params IReadOnlyList<int> productIds)
    {
        var keys = string.Join(", ", productIds.Select((_, i) => $"test.key(@customer, '{"abc"[i]}')"));
        string Each(Func<int, string> what) => string.Join(",", productIds.Select(what));
        var call = $$"""
            store.place_purchases(ARRAY[{{Each(_ => "@customer")}}], ARRAY[{{keys}}], ARRAY[{{Each(_ => "test.priced_at()")}}],
                '{{{Each(id => id == 1 ? "150" : "120")}}}', '{{{Each(_ => "1")}}}', '{{{Each(id => Text(id))}}}', '{{{Each(_ => "1")}}}', '{{{Each(_ => "NULL")}}}', true)
            """;
        return new($"group of {Each(id => Text(id))}", "store_web", new CommandTransaction($"SELECT 'together ' || string_agg(jsonb_strip_nulls(to_jsonb(r))::text, ', ') FROM {call} r"));
    }

    /// <summary>Places one purchase of $60.00 at most, two times together.</summary>
    public static Command SameTwice { get; } = new(
        "group of the same", "store_web",
        new CommandTransaction(
            """
            SELECT 'together ' || string_agg(jsonb_strip_nulls(to_jsonb(r))::text, ', ')
            FROM store.place_purchases(ARRAY[@customer, @customer], ARRAY[test.key(@customer, 'a'), test.key(@customer, 'a')], ARRAY[test.priced_at(), test.priced_at()],
                                       '{60,60}', '{1,1}', '{4,4}', '{1,1}', '{60,60}', true) r
            """));

    private static string Text(decimal amount) => amount.ToString(CultureInfo.InvariantCulture);
}
