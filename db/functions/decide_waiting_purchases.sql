-- in: the customer's row, locked; how many at most (null: all).
-- Decides what this customer asked for while the store deferred confirmation, in the order in which it was asked for, each by
-- itself and under the rules of place_purchase. Prices are those of the page, because it was sent within its quote's life, or
-- today's where they fell. A key that was decided meanwhile is not decided again. Returns the row as it then is.
CREATE OR REPLACE FUNCTION store.decide_waiting_purchases(account store.customer_purchased_amount, at_most bigint)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_hold_life interval := (SELECT s.hold_life FROM store_setting s WHERE s.store_setting_id = 1);
    v_now timestamptz := account.settled_at;
    v_request store.purchase_request;
    v_decided_ids uuid[] := '{}';
    v_decision store.purchase_decision;
    v_decisions store.purchase_decision[] := '{}';
BEGIN
    FOR v_request IN
        SELECT r.*
        FROM purchase_request r
        WHERE r.customer_id = account.customer_id
        ORDER BY r.purchase_number
        LIMIT decide_waiting_purchases.at_most
    LOOP
        v_decided_ids := v_decided_ids || v_request.purchase_id;
        IF EXISTS (
            SELECT
            FROM purchase p
            WHERE p.customer_id = account.customer_id
              AND p.purchase_id = v_request.purchase_id
        ) THEN
            CONTINUE;
        END IF;
        v_decision := judge_purchase(
            account, v_request,
            price_lines(v_request.product_ids, v_request.quantities, v_request.at_mosts, v_request.priced_at, v_now),
            v_now + v_hold_life);
        account := count_decision(account, v_decision);
        v_decisions := v_decisions || v_decision;
        IF account.has_windows THEN
            account := record_purchases(ARRAY[account], v_decisions);
            v_decisions := '{}';
        END IF;
    END LOOP;
    IF cardinality(v_decisions) > 0 THEN
        account := record_purchases(ARRAY[account], v_decisions);
    END IF;

    DELETE FROM purchase_request r
    WHERE r.customer_id = account.customer_id
      AND r.purchase_id = ANY (v_decided_ids);
    RETURN account;
END
$body$;
