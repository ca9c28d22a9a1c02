-- in: what refund_purchase is asked for. For it alone: the customer's row is locked.
-- Returns no row where the key is new; already_recorded with what it was, or key_reused where it was for something else.
CREATE OR REPLACE FUNCTION store.find_refund(
    customer_id bigint,
    purchase_id uuid,
    refund_id uuid,
    amount numeric,
    product_ids bigint[],
    quantities bigint[],
    reason text,
    actor text
)
RETURNS TABLE (outcome text, amount_then numeric, restored numeric)
LANGUAGE sql
STABLE
AS $body$
    SELECT
        CASE
            WHEN (k.purchase_id, e.reason, e.actor) = (find_refund.purchase_id, find_refund.reason, find_refund.actor)
                 AND (find_refund.amount IS NULL OR find_refund.amount = k.amount)
                 AND coalesce(l.lines, '{}') = coalesce(find_refund.product_ids || find_refund.quantities, '{}')
            THEN 'already_recorded'
            ELSE 'key_reused'
        END,
        k.amount,
        e.restored
    FROM store.refund k
    JOIN store.customer_event e USING (customer_id, sequence_number)
    LEFT JOIN LATERAL (
        SELECT array_agg(r.product_id ORDER BY r.product_id) || array_agg(r.quantity ORDER BY r.product_id) AS lines
        FROM store.refund_line r
        WHERE r.customer_id = k.customer_id
          AND r.refund_id = k.refund_id
    ) l ON true
    WHERE k.customer_id = find_refund.customer_id
      AND k.refund_id = find_refund.refund_id
$body$;
