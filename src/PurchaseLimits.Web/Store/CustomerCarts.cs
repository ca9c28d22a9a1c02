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

    /// <summary>Adds to what is in the cart, up to 99 of a product.</summary>
    public async Task<CartChange> AddAsync(long customerId, long productId, int quantity)
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
                INSERT INTO store.cart_line AS c (customer_id, product_id, quantity)
                SELECT @customerId, product_id, @quantity FROM product, others WHERE product_count < {Carts.MaxProducts}
                ON CONFLICT (customer_id, product_id)
                DO UPDATE SET quantity = least(c.quantity + excluded.quantity, {StrictInput.MaxQuantity})
                RETURNING c.quantity
            )
            SELECT
                CASE
                    WHEN NOT EXISTS (SELECT FROM product) THEN 'NotSold'
                    WHEN NOT EXISTS (SELECT FROM line) THEN 'Full'
                    WHEN line.quantity < @quantity + coalesce(before.quantity, 0) THEN 'Capped'
                    ELSE 'Changed'
                END
            FROM others
            LEFT JOIN line ON true
            LEFT JOIN store.cart_line before ON before.customer_id = @customerId AND before.product_id = @productId
            """,
            new { customerId, productId, quantity });
        await results.ReadAsync<string>();
        return Enum.Parse<CartChange>(await results.ReadSingleAsync<string>());
    }

    /// <summary>Sets how many of a product that is in the cart.</summary>
    public async Task<CartChange> SetAsync(long customerId, long productId, int quantity)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        var changed = await connection.ExecuteAsync(
            "UPDATE store.cart_line SET quantity = @quantity WHERE customer_id = @customerId AND product_id = @productId",
            new { customerId, productId, quantity });
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
    public async Task<bool> MergeAsync(long customerId, IReadOnlyDictionary<long, int> quantities)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        using var results = await connection.QueryMultipleAsync(
            $"""
            {LockCart}
            WITH visitor AS (
                SELECT
                    v.product_id,
                    v.quantity,
                    coalesce(c.quantity, 0) AS quantity_before,
                    count(*) FILTER (WHERE c.product_id IS NULL) OVER (ORDER BY v.product_id) AS new_products
                FROM unnest(@productIds, @quantities) AS v (product_id, quantity)
                JOIN store.product p ON p.product_id = v.product_id AND p.withdrawn_at IS NULL
                LEFT JOIN store.cart_line c ON c.customer_id = @customerId AND c.product_id = v.product_id
            ), line AS (
                INSERT INTO store.cart_line AS c (customer_id, product_id, quantity)
                SELECT @customerId, v.product_id, v.quantity
                FROM visitor v
                WHERE v.quantity_before > 0
                   OR v.new_products + (SELECT count(*) FROM store.cart_line b WHERE b.customer_id = @customerId) <= {Carts.MaxProducts}
                ON CONFLICT (customer_id, product_id)
                DO UPDATE SET quantity = least(c.quantity + excluded.quantity, {StrictInput.MaxQuantity})
                RETURNING c.product_id, c.quantity
            )
            SELECT count(*)
            FROM visitor v
            LEFT JOIN line l ON l.product_id = v.product_id
            WHERE l.quantity IS DISTINCT FROM v.quantity + v.quantity_before
            """,
            new
            {
                customerId,
                productIds = quantities.Keys.ToArray(),
                quantities = quantities.Values.Select(quantity => (long)quantity).ToArray(),
            });
        await results.ReadAsync<string>();
        return await results.ReadSingleAsync<long>() == 0;
    }
}
