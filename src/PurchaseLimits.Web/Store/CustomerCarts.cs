using Dapper;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web;

/// <summary>
/// Customers' carts in <c>store.cart_line</c>. Not money: the SQL is here and not in functions, and nothing in it decides
/// what may be bought.
/// </summary>
public sealed class CustomerCarts(StoreDataSources dataSources)
{
    // One change at a time per cart, until COMMIT: two that each see room for one more product would pass the limit. Sent
    // in one batch with the statement that needs it, and apart from it, so that the latter sees what the waiting was for.
    private const string LockCart = "SELECT pg_advisory_xact_lock(hashtextextended('cart of customer ' || @customerId, 0))::text;";

    /// <summary>Adds to what is in the cart, up to 99 of a product. An "at most" replaces the one before it.</summary>
    public async Task<CartChange> AddAsync(long customerId, long productId, CartEntry entry)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(
            $"""
            {LockCart}
            WITH product AS (
                SELECT p.product_id FROM store.product p WHERE p.product_id = @productId AND p.withdrawn_at IS NULL
            ), others AS (
                SELECT count(*) AS product_count
                FROM store.cart_line c
                WHERE c.customer_id = @customerId AND c.product_id <> @productId
            ), line AS (
                INSERT INTO store.cart_line AS c (customer_id, product_id, quantity, at_most)
                SELECT @customerId, product_id, @Quantity, @atMost FROM product, others WHERE product_count < {Carts.MaxProducts}
                ON CONFLICT (customer_id, product_id)
                DO UPDATE SET
                    quantity = least(c.quantity + excluded.quantity, {StrictInput.MaxQuantity}),
                    at_most = coalesce(nullif(excluded.at_most, 0), c.at_most)
                RETURNING c.quantity
            )
            SELECT
                CASE
                    WHEN NOT EXISTS (SELECT FROM product) THEN 'NotSold'
                    WHEN NOT EXISTS (SELECT FROM line) THEN 'Full'
                    WHEN line.quantity < @Quantity + coalesce(before.quantity, 0) THEN 'Capped'
                    ELSE 'Changed'
                END
            FROM others
            LEFT JOIN line ON true
            LEFT JOIN store.cart_line before ON before.customer_id = @customerId AND before.product_id = @productId
            """,
            new { customerId, productId, entry.Quantity, atMost = entry.AtMost ?? 0 });
        await results.ReadAsync<string>();
        return Enum.Parse<CartChange>(await results.ReadSingleAsync<string>());
    }

    /// <summary>Sets how many of a product that is in the cart, and what a unit may cost; null leaves the latter as it is.</summary>
    public async Task<CartChange> SetAsync(long customerId, long productId, int quantity, decimal? atMost)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        var changed = await connection.ExecuteAsync(
            """
            UPDATE store.cart_line
            SET quantity = @quantity,
                at_most = coalesce(@atMost, at_most)
            WHERE customer_id = @customerId
              AND product_id = @productId
            """,
            new { customerId, productId, quantity, atMost });
        return changed == 1 ? CartChange.Changed : CartChange.NotInCart;
    }

    public async Task<CartChange> RemoveAsync(long customerId, long productId)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        var changed = await connection.ExecuteAsync(
            "DELETE FROM store.cart_line WHERE customer_id = @customerId AND product_id = @productId",
            new { customerId, productId });
        return changed == 1 ? CartChange.Changed : CartChange.NotInCart;
    }

    /// <summary>
    /// Adds all of a visitor's cart, what is no longer sold left out. False where not all of the rest had room.
    /// </summary>
    public async Task<bool> MergeAsync(long customerId, IReadOnlyDictionary<long, CartEntry> lines)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(
            $"""
            {LockCart}
            WITH visitor AS (
                SELECT
                    v.product_id,
                    v.quantity,
                    v.at_most,
                    coalesce(c.quantity, 0) AS quantity_before,
                    count(*) FILTER (WHERE c.product_id IS NULL) OVER (ORDER BY v.product_id) AS new_products
                FROM unnest(@productIds, @quantities, @atMosts) AS v (product_id, quantity, at_most)
                JOIN store.product p ON p.product_id = v.product_id AND p.withdrawn_at IS NULL
                LEFT JOIN store.cart_line c ON c.customer_id = @customerId AND c.product_id = v.product_id
            ), line AS (
                INSERT INTO store.cart_line AS c (customer_id, product_id, quantity, at_most)
                SELECT @customerId, v.product_id, v.quantity, v.at_most
                FROM visitor v
                WHERE v.quantity_before > 0
                   OR v.new_products + (SELECT count(*) FROM store.cart_line b WHERE b.customer_id = @customerId) <= {Carts.MaxProducts}
                ON CONFLICT (customer_id, product_id)
                DO UPDATE SET
                    quantity = least(c.quantity + excluded.quantity, {StrictInput.MaxQuantity}),
                    at_most = coalesce(nullif(excluded.at_most, 0), c.at_most)
                RETURNING c.product_id, c.quantity
            )
            SELECT count(*)
            FROM visitor v
            LEFT JOIN line l ON l.product_id = v.product_id
            WHERE l.quantity IS DISTINCT FROM v.quantity + v.quantity_before
            """,
            Arguments(customerId, lines));
        await results.ReadAsync<string>();
        return await results.ReadSingleAsync<long>() == 0;
    }

    /// <summary>
    /// Puts lines into the cart as they are given, in the place of what it has of these products; a null takes its product
    /// out. What is no longer sold is left out. All of the rest has room, or nothing changes.
    /// </summary>
    public async Task<CartReplacement> ReplaceAsync(long customerId, IReadOnlyDictionary<long, CartEntry?> lines)
    {
        var kept = lines.Where(line => line.Value is not null).ToDictionary(line => line.Key, line => line.Value!);
        var arguments = Arguments(customerId, kept);
        arguments.Add("replaced", lines.Keys.ToArray());
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(
            $"""
            {LockCart}
            WITH wanted AS (
                SELECT w.product_id, w.quantity, w.at_most, p.name, p.withdrawn_at IS NULL AS is_sold
                FROM unnest(@productIds, @quantities, @atMosts) AS w (product_id, quantity, at_most)
                JOIN store.product p ON p.product_id = w.product_id
            ), room AS (
                SELECT {Carts.MaxProducts} - count(*) >= (SELECT count(*) FROM wanted WHERE is_sold) AS is_enough
                FROM store.cart_line c
                WHERE c.customer_id = @customerId
                  AND c.product_id <> ALL (@replaced)
            ), line AS (
                INSERT INTO store.cart_line AS c (customer_id, product_id, quantity, at_most)
                SELECT @customerId, w.product_id, w.quantity, w.at_most
                FROM wanted w, room
                WHERE w.is_sold
                  AND room.is_enough
                ON CONFLICT (customer_id, product_id)
                DO UPDATE SET quantity = excluded.quantity, at_most = excluded.at_most
                RETURNING c.product_id
            ), taken_out AS (
                DELETE FROM store.cart_line c
                WHERE c.customer_id = @customerId
                  AND c.product_id = ANY (@replaced)
                  AND c.product_id NOT IN (SELECT w.product_id FROM wanted w WHERE w.is_sold)
                  AND EXISTS (SELECT FROM line)
            )
            SELECT
                CASE WHEN NOT room.is_enough THEN 'Full' WHEN EXISTS (SELECT FROM line) THEN 'Changed' ELSE 'NotSold' END AS change,
                ARRAY(SELECT w.name FROM wanted w WHERE NOT w.is_sold ORDER BY w.name) AS left_out
            FROM room
            """,
            arguments);
        await results.ReadAsync<string>();
        var (change, leftOut) = await results.ReadSingleAsync<(string, string[])>();
        return new CartReplacement(Enum.Parse<CartChange>(change), leftOut);
    }

    private static DynamicParameters Arguments(long customerId, IReadOnlyDictionary<long, CartEntry> lines) => new(new
    {
        customerId,
        productIds = lines.Keys.ToArray(),
        quantities = lines.Values.Select(line => (long)line.Quantity).ToArray(),
        atMosts = lines.Values.Select(line => line.AtMost ?? 0).ToArray(),
    });
}
