namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What <see cref="AdminPurchaseReading"/> reads.</summary>
internal static class AdminPurchaseSql
{
    /// <summary>Four results: the purchase, or the request for it while no worker has decided it; its lines; its refunds; its events.</summary>
    public const string Read =
        """
        SELECT p.customer_id, p.purchase_id, p.purchase_number, p.status, false AS is_undecided, p.total, p.refunded, p.held,
               p.priced_at, p.placed_at, p.expires_at, coalesce(p.expires_at <= statement_timestamp(), false) AS is_past_deadline,
               s.refund_restores_allowance
        FROM store.purchase p
        JOIN store.store_setting s ON s.store_setting_id = 1
        WHERE p.customer_id = @customerId
          AND p.purchase_id = @purchaseId
        UNION ALL
        SELECT r.customer_id, r.purchase_id, r.purchase_number, 'processing', true, r.shown_total, 0, 0,
               r.priced_at, r.requested_at, NULL, false, s.refund_restores_allowance
        FROM store.purchase_request r
        JOIN store.store_setting s ON s.store_setting_id = 1
        WHERE r.customer_id = @customerId
          AND r.purchase_id = @purchaseId;

        SELECT l.product_id, p.name, l.quantity, l.unit_price, l.at_most, l.is_awaited,
               (SELECT coalesce(sum(b.quantity), 0)::bigint
                FROM store.refund_line b
                WHERE b.customer_id = @customerId
                  AND b.purchase_id = @purchaseId
                  AND b.product_id = l.product_id) AS refunded_quantity
        FROM (
            SELECT l.product_id, l.quantity, l.unit_price, o.at_most, false AS is_awaited
            FROM store.purchase_line l
            LEFT JOIN store.purchase_line_on_request o USING (customer_id, purchase_id, product_id)
            WHERE l.customer_id = @customerId
              AND l.purchase_id = @purchaseId
            UNION ALL
            SELECT m.product_id, m.quantity, NULL, m.at_most, m.price IS NULL AND m.withdrawn_at IS NULL
            FROM store.missing_line m
            WHERE m.customer_id = @customerId
              AND m.purchase_id = @purchaseId
            UNION ALL
            SELECT u.product_id, u.quantity, NULL, u.at_most, false
            FROM store.purchase_request r
            CROSS JOIN unnest(r.product_ids, r.quantities, r.at_mosts) AS u (product_id, quantity, at_most)
            WHERE r.customer_id = @customerId
              AND r.purchase_id = @purchaseId
        ) l
        JOIN store.product p USING (product_id)
        ORDER BY p.name, l.product_id;

        SELECT k.refund_id, k.amount, e.restored, e.sequence_number, e.actor, e.reason, e.occurred_at,
               (SELECT string_agg(format('%s × %s', b.quantity, p.name), ', ' ORDER BY p.name)
                FROM store.refund_line b
                JOIN store.product p USING (product_id)
                WHERE b.customer_id = k.customer_id
                  AND b.refund_id = k.refund_id) AS items
        FROM store.refund k
        JOIN store.customer_event e USING (customer_id, sequence_number)
        WHERE k.customer_id = @customerId
          AND k.purchase_id = @purchaseId
        ORDER BY k.sequence_number DESC;

        SELECT e.sequence_number, e.kind, e.previous_kind, e.amount, e.hold, e.restored, e.amount_after, e.held_after,
               e.limit_at_time, e.actor, e.reason, e.expires_at, e.occurred_at
        FROM store.customer_event e
        WHERE e.customer_id = @customerId
          AND e.purchase_id = @purchaseId
        ORDER BY e.sequence_number;
        """;
}
