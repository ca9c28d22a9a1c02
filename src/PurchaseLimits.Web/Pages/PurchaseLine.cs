namespace PurchaseLimits.Web.Pages;

/// <summary>A line of a purchase. Amounts are US dollars a unit.</summary>
public sealed record PurchaseLine
{
    public long ProductId { get; init; }
    public string Name { get; init; } = "";
    public long Quantity { get; init; }

    /// <summary>Null while it has no price.</summary>
    public decimal? UnitPrice { get; init; }

    /// <summary>The customer's own, where the page showed no price; else null.</summary>
    public decimal? AtMost { get; init; }

    public long RefundedQuantity { get; init; }

    /// <summary>As the partial <c>_Lines</c> shows it.</summary>
    public PricedLine Priced => new(ProductId, Name, Quantity, UnitPrice ?? AtMost ?? 0)
    {
        AtMost = AtMost,
        HasPrice = UnitPrice is not null,
        RefundedQuantity = RefundedQuantity,
    };

    /// <summary>The line as it goes into a cart again.</summary>
    public CartEntry Entry => new((int)Quantity, AtMost);

    /// <summary>Of <c>@purchaseId</c>, recorded or still to be decided; what the page showed, where it is the latter.</summary>
    public const string Select =
        """
        SELECT w.product_id, p.name, w.quantity, w.unit_price, w.at_most, w.refunded_quantity
        FROM (
            SELECT product_id, coalesce(l.quantity, o.quantity) AS quantity, l.unit_price, o.at_most,
                   (SELECT coalesce(sum(b.quantity), 0)::bigint
                    FROM store.refund_line b
                    WHERE b.customer_id = @customerId
                      AND b.purchase_id = @purchaseId
                      AND b.product_id = coalesce(l.product_id, o.product_id)) AS refunded_quantity
            FROM (SELECT * FROM store.purchase_line WHERE customer_id = @customerId AND purchase_id = @purchaseId) l
            FULL JOIN (SELECT * FROM store.purchase_line_on_request WHERE customer_id = @customerId AND purchase_id = @purchaseId) o
                USING (product_id)
            UNION ALL
            SELECT u.product_id, u.quantity, pp.price, u.at_most, 0
            FROM store.purchase_request r
            CROSS JOIN unnest(r.product_ids, r.quantities, r.at_mosts) AS u (product_id, quantity, at_most)
            LEFT JOIN store.product_price pp
                ON pp.product_id = u.product_id
                AND pp.valid_from <= r.priced_at
                AND pp.valid_to > r.priced_at
            WHERE r.customer_id = @customerId
              AND r.purchase_id = @purchaseId
        ) w
        JOIN store.product p ON p.product_id = w.product_id
        ORDER BY p.name, p.product_id
        """;
}
