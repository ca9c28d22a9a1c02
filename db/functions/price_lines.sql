-- in: product_ids and quantities of a purchase, ids ascending and each once; priced_at, the moment whose prices hold;
-- decided_at, now.
-- out: total; per line its unit price and which price row that is; the first product that cannot be had, if any.
-- A unit costs what it cost at priced_at, or what it costs at decided_at if that is less: a rise after the page was shown
-- does not touch that page, a fall is passed on. No price at priced_at, withdrawn, unknown: cannot be had.
-- Reads reference tables, locks nothing. Errors: PL001 the lines are not what a checkout sends.
CREATE OR REPLACE FUNCTION store.price_lines(
    product_ids bigint[],
    quantities bigint[],
    priced_at timestamptz,
    decided_at timestamptz,
    OUT total numeric,
    OUT unit_prices numeric[],
    OUT price_valid_froms timestamptz[],
    OUT unavailable_product_id bigint
)
LANGUAGE plpgsql
STABLE
SET search_path = store, pg_catalog, pg_temp
AS $body$
DECLARE
    v_line_count int := coalesce(cardinality(price_lines.product_ids), 0);
    v_unit_price numeric;
    v_price_valid_from timestamptz;
BEGIN
    IF v_line_count NOT BETWEEN 1 AND 100 OR v_line_count IS DISTINCT FROM cardinality(price_lines.quantities) THEN
        RAISE EXCEPTION 'a purchase has 1 to 100 lines' USING ERRCODE = 'PL001';
    END IF;

    total := 0;
    FOR i IN 1 .. v_line_count LOOP -- a loop, not unnest: facts 12c
        IF price_lines.quantities[i] NOT BETWEEN 1 AND 99 OR price_lines.quantities[i] IS NULL
           OR price_lines.product_ids[i] IS NULL
           OR price_lines.product_ids[i] <= price_lines.product_ids[i - 1] THEN
            RAISE EXCEPTION 'line % is not 1 to 99 of one product, ids ascending', i USING ERRCODE = 'PL001';
        END IF;

        SELECT least(shown.price, today.price),
               CASE WHEN today.price < shown.price THEN today.valid_from ELSE shown.valid_from END
        INTO v_unit_price, v_price_valid_from
        FROM product p
        CROSS JOIN LATERAL (
            SELECT pp.price, pp.valid_from
            FROM product_price pp
            WHERE pp.product_id = p.product_id
              AND pp.valid_from <= price_lines.priced_at
              AND pp.valid_to > price_lines.priced_at
            ORDER BY pp.valid_from DESC
            LIMIT 1
        ) shown
        LEFT JOIN LATERAL (
            SELECT pp.price, pp.valid_from
            FROM product_price pp
            WHERE pp.product_id = p.product_id
              AND pp.valid_from <= price_lines.decided_at
              AND pp.valid_to > price_lines.decided_at
            ORDER BY pp.valid_from DESC
            LIMIT 1
        ) today ON true
        WHERE p.product_id = price_lines.product_ids[i]
          AND p.withdrawn_at IS NULL;

        IF v_unit_price IS NULL THEN
            unavailable_product_id := coalesce(unavailable_product_id, price_lines.product_ids[i]);
        END IF;
        unit_prices[i] := v_unit_price;
        price_valid_froms[i] := v_price_valid_from;
        total := total + v_unit_price * price_lines.quantities[i];
    END LOOP;
END
$body$;
