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
    v_line_count int := coalesce(cardinality(price_lines.product_ids), 0);
    v_lines store.priced_lines;
    v_product record;
    v_unit_price numeric;
BEGIN
    IF v_line_count NOT BETWEEN 1 AND 100
       OR v_line_count IS DISTINCT FROM cardinality(price_lines.quantities)
       OR v_line_count IS DISTINCT FROM cardinality(price_lines.at_mosts) THEN
        RAISE EXCEPTION 'a purchase has 1 to 100 lines' USING ERRCODE = 'PL001';
    END IF;

    v_lines.total := 0;
    v_lines.missing_count := 0;
    FOR i IN 1 .. v_line_count LOOP -- a loop, not unnest: facts 12c
        IF price_lines.quantities[i] NOT BETWEEN 1 AND 99 OR price_lines.quantities[i] IS NULL
           OR price_lines.product_ids[i] IS NULL
           OR price_lines.product_ids[i] <= price_lines.product_ids[i - 1]
           OR price_lines.at_mosts[i] <= 0 OR price_lines.at_mosts[i] > 1000000
           OR price_lines.at_mosts[i] <> round(price_lines.at_mosts[i], 2) THEN
            RAISE EXCEPTION 'line % is not 1 to 99 of one product, ids ascending, at most a million a unit', i
                USING ERRCODE = 'PL001';
        END IF;

        SELECT p.withdrawn_at, shown.price AS shown_price, shown.valid_from AS shown_from,
               today.price AS price, today.valid_from
        INTO v_product
        FROM product p
        LEFT JOIN LATERAL (
            SELECT pp.price, pp.valid_from
            FROM product_price pp
            WHERE pp.product_id = p.product_id
              AND pp.valid_from <= price_lines.priced_at
              AND pp.valid_to > price_lines.priced_at
            ORDER BY pp.valid_from DESC
            LIMIT 1
        ) shown ON true
        LEFT JOIN LATERAL (
            SELECT pp.price, pp.valid_from
            FROM product_price pp
            WHERE pp.product_id = p.product_id
              AND pp.valid_from <= price_lines.decided_at
              AND pp.valid_to > price_lines.decided_at
            ORDER BY pp.valid_from DESC
            LIMIT 1
        ) today ON true
        WHERE p.product_id = price_lines.product_ids[i];

        v_lines.on_request[i] := v_product.shown_price IS NULL;
        v_unit_price := v_product.price;
        v_lines.price_valid_froms[i] := v_product.valid_from;
        IF v_product.shown_price <= v_product.price OR v_product.price IS NULL THEN
            v_unit_price := v_product.shown_price;
            v_lines.price_valid_froms[i] := v_product.shown_from;
        END IF;
        v_lines.unit_prices[i] := v_unit_price;

        IF NOT FOUND OR v_product.withdrawn_at IS NOT NULL
           OR v_product.shown_price IS NULL AND price_lines.at_mosts[i] IS NULL THEN
            v_lines.unavailable_product_id := coalesce(v_lines.unavailable_product_id, price_lines.product_ids[i]);
        ELSIF v_unit_price > price_lines.at_mosts[i] THEN
            v_lines.above_at_most_product_id := coalesce(v_lines.above_at_most_product_id, price_lines.product_ids[i]);
        ELSIF v_unit_price IS NULL THEN
            v_lines.missing_count := v_lines.missing_count + 1;
        END IF;
        v_lines.total := v_lines.total
            + price_lines.quantities[i] * coalesce(v_unit_price, price_lines.at_mosts[i]);
    END LOOP;
    RETURN v_lines;
END
$body$;
