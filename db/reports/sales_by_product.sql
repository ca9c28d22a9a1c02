-- What of each product was bought on each day, and what of it came back in refunds that name the products. Money refunded
-- without naming any is in sales_by_day only.
-- in: since, until: which events count. A refund may bring rows for an earlier day.
CREATE OR REPLACE FUNCTION report.sales_by_product_facts(since timestamptz, until timestamptz)
RETURNS TABLE (day date, product_id bigint, purchases bigint, units bigint, sold numeric, refunded_units bigint, refunded numeric)
LANGUAGE plpgsql -- a plan for these two moments: the planner then takes the index for the end of the ledger
STABLE
SET search_path = report, store, pg_catalog, pg_temp
SET plan_cache_mode = force_custom_plan
AS $body$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    SELECT f.day, f.product_id, sum(f.purchases)::bigint, sum(f.units)::bigint, sum(f.sold), sum(f.refunded_units)::bigint,
           sum(f.refunded)
    FROM (
        SELECT
            d.day,
            l.product_id,
            count(*) AS purchases,
            sum(l.quantity) AS units,
            sum(l.quantity * l.unit_price) AS sold,
            0 AS refunded_units,
            0::numeric AS refunded
        FROM store.customer_event e
        CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= e.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
        JOIN store.purchase_line l ON l.customer_id = e.customer_id AND l.purchase_id = e.purchase_id
        WHERE e.kind = 'purchase_confirmed'
          AND e.occurred_at >= since
          AND e.occurred_at < until
        GROUP BY d.day, l.product_id
        UNION ALL
        SELECT d.day, l.product_id, 0, 0, 0, sum(b.quantity), sum(b.quantity * l.unit_price)
        FROM store.customer_event r
        JOIN store.refund f ON f.customer_id = r.customer_id AND f.sequence_number = r.sequence_number
        JOIN store.refund_line b ON b.customer_id = f.customer_id AND b.refund_id = f.refund_id
        JOIN store.purchase_line l
            ON l.customer_id = b.customer_id AND l.purchase_id = b.purchase_id AND l.product_id = b.product_id
        JOIN store.customer_event e
            ON e.customer_id = r.customer_id
            AND e.purchase_id = r.purchase_id
            AND e.kind = 'purchase_confirmed'
        CROSS JOIN LATERAL (SELECT x.day FROM report.day x WHERE x.starts_at <= e.occurred_at ORDER BY x.starts_at DESC LIMIT 1) d
        WHERE r.kind IN ('purchase_partly_refunded', 'purchase_refunded')
          AND r.occurred_at >= since
          AND r.occurred_at < until
        GROUP BY d.day, l.product_id
    ) f
    GROUP BY f.day, f.product_id;
END
$body$;

CREATE OR REPLACE VIEW report.sales_by_product_source AS
SELECT
    f.day,
    f.product_id,
    sum(f.purchases)::bigint AS purchases,
    sum(f.units)::bigint AS units,
    sum(f.sold) AS sold,
    sum(f.refunded_units)::bigint AS refunded_units,
    sum(f.refunded) AS refunded
FROM (
    SELECT * FROM report.sealed_sales_by_product
    UNION ALL
    SELECT * FROM report.sales_by_product_facts(report.sealed_until(), report.as_of('sales_by_product'))
) f
GROUP BY f.day, f.product_id;

-- sales_by_product by the category that each product is in now. purchases counts lines: one of two products counts twice.
CREATE OR REPLACE VIEW report.sales_by_category_source AS
SELECT
    f.day,
    p.category_id,
    sum(f.purchases)::bigint AS purchases,
    sum(f.units)::bigint AS units,
    sum(f.sold) AS sold,
    sum(f.refunded_units)::bigint AS refunded_units,
    sum(f.refunded) AS refunded
FROM (
    SELECT * FROM report.sealed_sales_by_product
    UNION ALL
    SELECT * FROM report.sales_by_product_facts(report.sealed_until(), report.as_of('sales_by_category'))
) f
JOIN store.product p USING (product_id)
GROUP BY f.day, p.category_id;
