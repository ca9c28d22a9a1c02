-- I11: a total is the sum of quantity × the price valid at priced_at, or the lower one valid when it was decided, and
-- never above what the page showed. A price that holds "from now on" is seen when its transaction commits, a little after
-- it begins; until then the price before it is right too. Ten seconds is more than any such transaction lasts.
CREATE OR REPLACE VIEW store.integrity_i11_priced_as_shown AS
SELECT
    'I11'::text AS rule,
    p.customer_id,
    format('purchase %s: total %s, lines %s, page showed %s', p.purchase_id, p.total, l.total, p.shown_total) AS detail
FROM store.purchase p
JOIN store.customer_event e USING (customer_id, sequence_number)
LEFT JOIN LATERAL (
    SELECT
        sum(pl.quantity * pl.unit_price) AS total,
        bool_and(
            pl.unit_price <= shown.price
            AND used.valid_from <= e.occurred_at
            AND used.valid_to > p.priced_at - interval '10 seconds') AS as_quoted
    FROM store.purchase_line pl
    JOIN store.product_price used
        ON used.product_id = pl.product_id AND used.valid_from = pl.price_valid_from
    CROSS JOIN LATERAL (
        SELECT max(pp.price) AS price
        FROM store.product_price pp
        WHERE pp.product_id = pl.product_id
          AND pp.valid_from <= p.priced_at
          AND pp.valid_to > p.priced_at - interval '10 seconds'
    ) shown
    WHERE pl.customer_id = p.customer_id
      AND pl.purchase_id = p.purchase_id
) l ON true
WHERE p.total IS DISTINCT FROM l.total
   OR p.total > p.shown_total
   OR l.as_quoted IS DISTINCT FROM true;
