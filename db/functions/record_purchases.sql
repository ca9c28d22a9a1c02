-- in: customers' rows, locked, with all that was decided; the decisions that are not written yet, those of one customer one behind
-- the other, in their order.
-- Writes each one's event, mail, purchase and lines, and moves the rows and the counters of their windows with them: in one
-- statement, because starting one costs more than a row does. Lines whose product had no price on the page are kept with the
-- customer's "at most", and as lines with a price once they have one. The last row's customer may have windows, and then one
-- decision, the last: the next is judged by what this one left in them. Returns that row as it then is.
-- Errors: 40001 a row moved under its lock; 23514 more than a limit allows; 23505 a key that is known.
CREATE OR REPLACE FUNCTION store.record_purchases(
    accounts store.customer_purchased_amount[],
    decisions store.purchase_decision[]
)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_account store.customer_purchased_amount := accounts[cardinality(accounts)];
    v_decision store.purchase_decision;
    v_accounts_after store.customer_purchased_amount[];
BEGIN
    IF v_account.has_windows THEN
        v_decision := decisions[cardinality(decisions)];
        PERFORM move_windows(v_account, v_decision.amount_after - v_decision.amount_before,
                             v_decision.held_after - v_decision.held_before, v_account.settled_at, 'lifetime', NULL);
    END IF;

    -- A limit may be cut below what is spent: the ceiling lets the row stay, and every new purchase is refused.
    -- The sequence number is the second lock: it holds even where the row lock would not (a shard being moved).
    WITH decision AS (
        SELECT d.*
        FROM unnest(decisions) d
    ), account AS (
        SELECT n.*, n.last_sequence_number - (SELECT count(*) FROM decision d WHERE d.customer_id = n.customer_id) AS sequence_number_before
        FROM unnest(accounts) n
    ), event AS (
        INSERT INTO customer_event (customer_id, sequence_number, kind, purchase_id, amount, amount_before, amount_after,
                                    held_before, held_after, limit_at_time, hold, expires_at, actor, reason, occurred_at,
                                    window_name, window_limit, window_used, resets_at, left_amount)
        SELECT d.customer_id, d.sequence_number, 'purchase_' || d.status, d.purchase_id, d.total, d.amount_before,
               d.amount_after, d.held_before, d.held_after, d.limit_at_time, d.hold, d.expires_at,
               'customer ' || d.customer_id, d.reason, d.occurred_at, d.window_name, d.window_limit,
               d.window_used, d.resets_at, d.left_at_time
        FROM decision d
    ), mail AS (
        INSERT INTO outbox_message (customer_id, message_key, kind, sequence_number)
        SELECT d.customer_id, 'event ' || d.sequence_number, 'purchase_' || d.status, d.sequence_number
        FROM decision d
    ), bought AS (
        INSERT INTO purchase (customer_id, purchase_id, purchase_number, request_hash, status, total, priced_at, shown_total,
                              placed_at, sequence_number, last_sequence_number, held, expires_at, counted_at)
        SELECT d.customer_id, d.purchase_id, d.purchase_number, d.request_hash, d.status, d.total, d.priced_at,
               d.shown_total, d.requested_at, d.sequence_number, d.sequence_number, d.hold, d.expires_at, d.counted_at
        FROM decision d
    ), line AS (
        INSERT INTO purchase_line (customer_id, purchase_id, product_id, quantity, unit_price, price_valid_from)
        SELECT d.customer_id, d.purchase_id, l.product_id, l.quantity, l.unit_price, l.valid_from
        FROM decision d
        CROSS JOIN LATERAL unnest(d.product_ids, d.quantities, d.unit_prices, d.price_valid_froms)
            AS l (product_id, quantity, unit_price, valid_from)
        WHERE l.unit_price IS NOT NULL
    ), moved AS (
        UPDATE customer_purchased_amount a
        SET amount = account.amount,
            held = account.held,
            limit_amount = account.limit_amount,
            ceiling = greatest(account.limit_amount, account.amount + account.held),
            next_due_at = account.next_due_at,
            last_sequence_number = account.last_sequence_number,
            settled_at = account.settled_at
        FROM account
        WHERE a.customer_id = account.customer_id
          AND a.last_sequence_number = account.sequence_number_before
        RETURNING a
    )
    SELECT array_agg(m.a ORDER BY (m.a).customer_id)
    INTO v_accounts_after
    FROM moved m;
    IF cardinality(v_accounts_after) IS DISTINCT FROM cardinality(accounts) THEN
        RAISE EXCEPTION 'a row of customers % to % moved under its lock', (accounts[1]).customer_id, v_account.customer_id
            USING ERRCODE = '40001';
    END IF;

    FOREACH v_decision IN ARRAY decisions LOOP
        IF true = ANY (v_decision.on_request) THEN
            INSERT INTO purchase_line_on_request (customer_id, purchase_id, product_id, quantity, at_most)
            SELECT v_decision.customer_id, v_decision.purchase_id, l.product_id, l.quantity, l.at_most
            FROM unnest(v_decision.product_ids, v_decision.quantities, v_decision.at_mosts, v_decision.on_request)
                AS l (product_id, quantity, at_most, on_request)
            WHERE l.on_request;
        END IF;
        IF v_decision.is_near THEN
            FOREACH v_account IN ARRAY v_accounts_after LOOP
                EXIT WHEN v_account.customer_id = v_decision.customer_id;
            END LOOP;
            v_account.amount := v_decision.amount_after;
            v_account.held := v_decision.held_after;
            v_account.last_sequence_number := v_decision.sequence_number;
            PERFORM note_thresholds(v_account, v_decision.total);
        END IF;
    END LOOP;
    RETURN v_accounts_after[cardinality(v_accounts_after)];
END
$body$;
