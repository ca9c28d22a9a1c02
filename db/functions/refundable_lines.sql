-- in: customer_id, purchase_id; product_ids and quantities that are to come back.
-- Returns a row per line asked for: what a unit cost, and whether that many are left of it after earlier refunds.
CREATE OR REPLACE FUNCTION store.refundable_lines(
    customer_id bigint,
    purchase_id uuid,
    product_ids bigint[],
    quantities bigint[]
)
RETURNS TABLE (product_id bigint, quantity bigint, unit_price numeric, fits boolean)
LANGUAGE sql
STABLE
AS $body$
    SELECT
        w.product_id,
        w.quantity,
        l.unit_price,
        w.quantity BETWEEN 1 AND 99 AND w.quantity <= coalesce(l.quantity - coalesce(r.quantity, 0), 0)
    FROM unnest(refundable_lines.product_ids, refundable_lines.quantities) AS w (product_id, quantity)
    LEFT JOIN store.purchase_line l
        ON l.customer_id = refundable_lines.customer_id
        AND l.purchase_id = refundable_lines.purchase_id
        AND l.product_id = w.product_id
    LEFT JOIN LATERAL (
        SELECT sum(b.quantity) AS quantity
        FROM store.refund_line b
        WHERE b.customer_id = refundable_lines.customer_id
          AND b.purchase_id = refundable_lines.purchase_id
          AND b.product_id = w.product_id
    ) r ON true
$body$;
