-- in: product_ids, quantities and at_mosts of a purchase, ids ascending and each once; at_mosts null where the page showed a
-- price; priced_at, the moment whose prices hold; decided_at, now.
-- out: see store.priced_lines.
-- A unit costs what it cost at priced_at, or what it costs at decided_at if that is less: a rise after the page was shown
-- does not touch that page, a fall is passed on. Where there was no price at priced_at the customer's "at most" stands in
-- until there is one. Withdrawn, unknown, or neither a price nor an "at most": cannot be had.
-- Reads reference tables, locks nothing. Errors: PL001 the lines are not what a checkout sends.
CREATE OR REPLACE FUNCTION store.price_lines(
    product_ids bigint[],
    quantities bigint[],
    at_mosts numeric[],
    priced_at timestamptz,
    decided_at timestamptz
)
RETURNS store.priced_lines
LANGUAGE plpgsql
STABLE
AS $body$
DECLARE
    v_lines store.priced_lines;
    v_line_count int := coalesce(cardinality(price_lines.product_ids), 0);
    v_are_sound boolean;
BEGIN
    IF v_line_count NOT BETWEEN 1 AND 100
       OR v_line_count IS DISTINCT FROM cardinality(price_lines.quantities)
       OR v_line_count IS DISTINCT FROM cardinality(price_lines.at_mosts) THEN
        RAISE EXCEPTION 'a purchase has 1 to 100 lines' USING ERRCODE = 'PL001';
    END IF;

    -- One statement for all lines: starting one costs more than a line does.
    SELECT sum(l.quantity * coalesce(u.unit_price, l.at_most)),
           array_agg(u.unit_price ORDER BY l.line_number),
           array_agg(u.valid_from ORDER BY l.line_number),
           array_agg(shown.price IS NULL ORDER BY l.line_number),
           count(*) FILTER (WHERE u.unit_price IS NULL),
           min(l.product_id) FILTER (WHERE a.is_unavailable),
           min(l.product_id) FILTER (WHERE u.unit_price > l.at_most AND NOT a.is_unavailable),
           bool_and(coalesce(l.quantity BETWEEN 1 AND 99
                             AND l.product_id > coalesce(price_lines.product_ids[l.line_number::int - 1], l.product_id - 1)
                             AND (l.at_most IS NULL
                                  OR l.at_most > 0 AND l.at_most <= 1000000 AND l.at_most = round(l.at_most, 2)), false))
    INTO v_lines.total, v_lines.unit_prices, v_lines.price_valid_froms, v_lines.on_request, v_lines.missing_count,
         v_lines.unavailable_product_id, v_lines.above_at_most_product_id, v_are_sound
    FROM unnest(price_lines.product_ids, price_lines.quantities, price_lines.at_mosts)
        WITH ORDINALITY AS l (product_id, quantity, at_most, line_number)
    LEFT JOIN product p ON p.product_id = l.product_id
    LEFT JOIN LATERAL (
        SELECT pp.price, pp.valid_from, pp.valid_to
        FROM product_price pp
        WHERE pp.product_id = l.product_id
          AND pp.valid_from <= price_lines.priced_at
          AND pp.valid_to > price_lines.priced_at
        ORDER BY pp.valid_from DESC
        LIMIT 1
    ) shown ON true
    LEFT JOIN LATERAL (
        SELECT pp.price, pp.valid_from
        FROM product_price pp
        WHERE pp.product_id = l.product_id
          AND pp.valid_from <= price_lines.decided_at
          AND pp.valid_to > price_lines.decided_at
          AND (shown.valid_to > price_lines.decided_at) IS NOT TRUE -- else it is the same
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
    ) a;
    IF NOT v_are_sound THEN
        RAISE EXCEPTION 'a line is not 1 to 99 of one product, ids ascending, at most a million a unit' USING ERRCODE = 'PL001';
    END IF;
    RETURN v_lines;
END
$body$;
