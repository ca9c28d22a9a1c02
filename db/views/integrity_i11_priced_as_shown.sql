-- I11: a total is the sum of quantity × the price valid at priced_at, or the lower one valid when it was decided, and what
-- was bought never costs more than the page showed. What had no price on the page costs what it did once it had one, never
-- above the customer's "at most", which stands for it until then. A price that holds "from now on" is seen when its
-- transaction commits, a little after it begins; until then the price before it is right too. Ten seconds is more than any
-- such transaction lasts.
CREATE OR REPLACE VIEW store.integrity_i11_priced_as_shown AS
SELECT
    'I11'::text AS rule,
    p.customer_id,
    format('purchase %s: total %s, lines %s, page showed %s', p.purchase_id, p.total, l.total, p.shown_total) AS detail
FROM store.purchase p
JOIN store.customer_event e ON e.customer_id = p.customer_id AND e.sequence_number = p.last_sequence_number
LEFT JOIN LATERAL (
    SELECT
        sum(line.quantity * coalesce(line.unit_price, line.at_most)) AS total,
        bool_and(coalesce(CASE
            WHEN line.unit_price IS NULL THEN line.at_most IS NOT NULL
            WHEN line.at_most IS NOT NULL THEN
                used.valid_from <= e.occurred_at
                AND (line.unit_price <= line.at_most OR p.status IN ('refused', 'cancelled'))
            ELSE
                line.unit_price <= shown.price
                AND used.valid_from <= e.occurred_at
                AND used.valid_to > p.priced_at - interval '10 seconds'
        END, false)) AS as_quoted
    FROM (
        SELECT product_id, coalesce(pl.quantity, r.quantity) AS quantity, pl.unit_price, pl.price_valid_from, r.at_most
        FROM (
            SELECT b.product_id, b.quantity, b.unit_price, b.price_valid_from
            FROM store.purchase_line b
            WHERE b.customer_id = p.customer_id
              AND b.purchase_id = p.purchase_id
        ) pl
        FULL JOIN (
            SELECT q.product_id, q.quantity, q.at_most
            FROM store.purchase_line_on_request q
            WHERE q.customer_id = p.customer_id
              AND q.purchase_id = p.purchase_id
        ) r USING (product_id)
    ) line
    LEFT JOIN store.product_price used
        ON used.product_id = line.product_id AND used.valid_from = line.price_valid_from
    CROSS JOIN LATERAL (
        SELECT max(pp.price) AS price
        FROM store.product_price pp
        WHERE pp.product_id = line.product_id
          AND pp.valid_from <= p.priced_at
          AND pp.valid_to > p.priced_at - interval '10 seconds'
    ) shown
) l ON true
WHERE p.total IS DISTINCT FROM l.total
   OR p.total > p.shown_total AND p.status NOT IN ('refused', 'cancelled')
   OR l.as_quoted IS DISTINCT FROM true;
