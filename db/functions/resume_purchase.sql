-- in: customer_id, purchase_id. For workers, when a price that a purchase waited for may have come.
-- Locks the customer's row until COMMIT. Once the last missing price is there the purchase is confirmed at today's prices of
-- what was missing, or refused where one of them is above the customer's "at most", a product was withdrawn, or the limit was
-- cut meanwhile. What was held for it is free again either way.
-- Outcomes: confirmed, refused, still_waiting, not_processing (decided before, or unknown). Errors: 25001, 40001.
CREATE OR REPLACE FUNCTION store.resume_purchase(customer_id bigint, purchase_id uuid)
RETURNS TABLE (outcome text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_account customer_purchased_amount := lock_customer(customer_id);
    v_purchase purchase;
    v_missing record;
    v_total numeric;
    v_reason text := '';
    v_fit purchase_fit;
BEGIN
    SELECT p.*
    INTO v_purchase
    FROM purchase p
    WHERE p.customer_id = v_account.customer_id
      AND p.purchase_id = resume_purchase.purchase_id;
    IF v_purchase.status IS DISTINCT FROM 'processing' THEN
        outcome := 'not_processing';
        RETURN NEXT;
        RETURN;
    END IF;

    SELECT count(*) FILTER (WHERE m.price IS NULL AND m.withdrawn_at IS NULL) AS awaited,
           count(*) FILTER (WHERE m.withdrawn_at IS NOT NULL) AS withdrawn,
           min(format('%s costs $%s, which is above the “at most” of $%s.', m.name, to_char(m.price, 'FM9,999,990.00'),
                      to_char(m.at_most, 'FM9,999,990.00'))) FILTER (WHERE m.price > m.at_most) AS above,
           sum(m.quantity * m.price) AS total
    INTO v_missing
    FROM missing_line m
    WHERE m.customer_id = v_purchase.customer_id
      AND m.purchase_id = v_purchase.purchase_id;

    IF v_missing.withdrawn > 0 OR v_missing.awaited = 0 AND EXISTS (
        SELECT
        FROM purchase_line l
        JOIN product p USING (product_id)
        WHERE l.customer_id = v_purchase.customer_id
          AND l.purchase_id = v_purchase.purchase_id
          AND p.withdrawn_at IS NOT NULL
    ) THEN
        v_reason := 'A product in it is no longer sold.';
    ELSIF v_missing.awaited > 0 THEN
        outcome := 'still_waiting';
        RETURN NEXT;
        RETURN;
    ELSIF v_missing.above IS NOT NULL THEN
        v_reason := v_missing.above;
    ELSE
        INSERT INTO purchase_line (customer_id, purchase_id, product_id, quantity, unit_price, price_valid_from)
        SELECT m.customer_id, m.purchase_id, m.product_id, m.quantity, m.price, m.price_valid_from
        FROM missing_line m
        WHERE m.customer_id = v_purchase.customer_id
          AND m.purchase_id = v_purchase.purchase_id;
        SELECT sum(l.quantity * l.unit_price)
        INTO v_total
        FROM purchase_line l
        WHERE l.customer_id = v_purchase.customer_id
          AND l.purchase_id = v_purchase.purchase_id;
    END IF;

    -- Above the limit is refused for that, whatever was held: the limit may have been cut since.
    outcome := 'refused';
    IF v_reason = '' THEN
        v_fit := fit_purchase(v_account, v_total, v_purchase.held, v_purchase.counted_at);
        IF v_fit.over_by = 0 THEN
            outcome := 'confirmed';
            v_fit := NULL;
        END IF;
    END IF;
    PERFORM change_purchase_status(v_account, v_purchase, outcome, 'system', v_reason, amount => v_total, refused_by => v_fit);
    RETURN NEXT;
END
$body$;
