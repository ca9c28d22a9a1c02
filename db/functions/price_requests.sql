-- in: what is asked for; for each the moment whose prices hold for it (priced_as_of); decided_at, now.
-- Returns for each, in their order, how its lines are priced: see store.priced_lines.
-- A unit costs what it cost at priced_at, or what it costs at decided_at if that is less: a rise after the page was shown
-- does not touch that page, a fall is passed on. Where there was no price at priced_at the customer's "at most" stands in
-- until there is one. Withdrawn, unknown, or neither a price nor an "at most": cannot be had.
-- Reads reference tables, locks nothing. Errors: PL001 the lines of one are not what a checkout sends: 1 to 100, the products'
-- ids ascending and each once, at_mosts null where the page showed a price.
CREATE OR REPLACE FUNCTION store.price_requests(
    requests store.purchase_request[],
    priced_ats timestamptz[],
    decided_at timestamptz
)
RETURNS store.priced_lines[]
LANGUAGE plpgsql
STABLE
AS $body$
DECLARE
    v_lines store.priced_lines[];
    v_are_sound boolean;
BEGIN
    -- One statement for all lines of all: starting one costs more than a line does.
    SELECT array_agg(ROW(r.total, r.unit_prices, r.price_valid_froms, r.on_request, r.missing_count, r.unavailable_product_id,
                         r.above_at_most_product_id)::store.priced_lines ORDER BY r.request_number),
           bool_and(r.are_sound)
    INTO v_lines, v_are_sound
    FROM (
        SELECT q.request_number,
               sum(l.quantity * coalesce(u.unit_price, l.at_most)) AS total,
               array_agg(u.unit_price ORDER BY l.line_number) AS unit_prices,
               array_agg(u.valid_from ORDER BY l.line_number) AS price_valid_froms,
               array_agg(shown.price IS NULL ORDER BY l.line_number) AS on_request,
               count(*) FILTER (WHERE u.unit_price IS NULL) AS missing_count,
               min(l.product_id) FILTER (WHERE a.is_unavailable) AS unavailable_product_id,
               min(l.product_id) FILTER (WHERE u.unit_price > l.at_most AND NOT a.is_unavailable) AS above_at_most_product_id,
               count(*) <= 100
               AND bool_and(coalesce(l.quantity BETWEEN 1 AND 99
                                     AND cardinality(q.at_mosts) = cardinality(q.product_ids)
                                     AND l.product_id > CASE l.line_number WHEN 1 THEN l.product_id - 1 ELSE q.product_ids[l.line_number::int - 1] END
                                     AND (l.at_most IS NULL
                                          OR l.at_most > 0 AND l.at_most <= 1000000 AND l.at_most = round(l.at_most, 2)), false))
               AS are_sound
        FROM ROWS FROM (unnest(price_requests.requests), unnest(price_requests.priced_ats)) WITH ORDINALITY AS q (
            customer_id, purchase_id, purchase_number, request_hash, page_priced_at, shown_total, product_ids, quantities, at_mosts,
            requested_at, priced_at, request_number)
        LEFT JOIN LATERAL unnest(q.product_ids, q.quantities, q.at_mosts)
            WITH ORDINALITY AS l (product_id, quantity, at_most, line_number) ON true
        LEFT JOIN product p ON p.product_id = l.product_id
        LEFT JOIN LATERAL (
            SELECT pp.price, pp.valid_from, pp.valid_to
            FROM product_price pp
            WHERE pp.product_id = l.product_id
              AND pp.valid_from <= q.priced_at
              AND pp.valid_to > q.priced_at
            ORDER BY pp.valid_from DESC
            LIMIT 1
        ) shown ON true
        LEFT JOIN LATERAL (
            SELECT pp.price, pp.valid_from
            FROM product_price pp
            WHERE pp.product_id = l.product_id
              AND pp.valid_from <= price_requests.decided_at
              AND pp.valid_to > price_requests.decided_at
              AND (shown.valid_to > price_requests.decided_at) IS NOT TRUE -- else it is the same
            ORDER BY pp.valid_from DESC
            LIMIT 1
        ) today ON true
        CROSS JOIN LATERAL (
            -- A rise after the page was shown does not touch it, a fall is passed on.
            SELECT least(shown.price::numeric, today.price::numeric) AS unit_price,
                   CASE
                       WHEN shown.price <= today.price OR today.price IS NULL THEN shown.valid_from
                       ELSE today.valid_from
                   END AS valid_from
        ) u
        CROSS JOIN LATERAL (
            SELECT p.product_id IS NULL OR p.withdrawn_at IS NOT NULL OR shown.price IS NULL AND l.at_most IS NULL AS is_unavailable
        ) a
        GROUP BY q.request_number
    ) r;
    IF NOT v_are_sound THEN
        RAISE EXCEPTION 'a purchase has 1 to 100 lines, each 1 to 99 of one product, ids ascending, at most a million a unit'
            USING ERRCODE = 'PL001';
    END IF;
    RETURN v_lines;
END
$body$;
