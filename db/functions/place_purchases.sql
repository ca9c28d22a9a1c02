-- in: of each purchase its customer_ids, ascending, and of one customer in the order in which they came; purchase_ids, the
-- idempotency keys that checkout pages made; priced_ats and shown_totals, what those pages said; line_counts, how many of the
-- lines are its; then the lines of all, one purchase after the other: product_ids, ascending and each once in its purchase,
-- quantities, and at_mosts, null where the page showed a price; may_be_known, whether one of the keys may have been sent before.
-- What waits in one process is decided together here, in one transaction: each purchase by itself and under the limit that those
-- of its customer before it left, with its own event and receipt, as if they had come one after the other (facts 12e). Fails as
-- a whole; whoever sent several then sends each alone.
-- Of one customer: locks the row until COMMIT (lock_customer), decides first what waits for a worker, so that nothing overtakes
-- it, and then these (judge_purchase), and writes them down (record_purchases). Of several customers: no one waits for
-- another, so whose row is locked, has something due or is frozen, and whose requests wait for a worker, is left out
-- (lock_free_customers). Looking for a key that is not there reads a page of an index that others write, and two such
-- transactions would roll each other back (facts 12b): so where may_be_known is false nobody looks before it writes. A key that is
-- known then fails the whole (23505), and so does a purchase that would not be recorded (PL004): perhaps it was, when its prices
-- held.
-- Returns a row for each, in their order. Outcomes: confirmed; processing (held until a missing price comes); already_recorded
-- (status, total and so on are those of the first time); over_limit (recorded as a refusal); price_changed (total is the new one;
-- nothing recorded); product_unavailable (product_id is the first; nothing recorded); confirms_later (the store defers
-- confirmation: ask request_purchase; nothing recorded); left_out (nothing recorded: to be sent again without the other
-- customers); busy (more of this customer's waits for a worker than is decided on the way, some of it was; none of these is
-- recorded); key_reused; unknown_customer. left_amount is what may still be bought after the outcome, over_by by how much the
-- purchase would have passed the limit.
-- Errors: 25001 not SERIALIZABLE or not durable, 40001 try again, 23505 or PL004 a key is known that was said not to be, or may
-- be, PL001 the arguments are not what checkouts send, PL003 a customer is frozen (lock_customer; so of every money function).
CREATE OR REPLACE FUNCTION store.place_purchases(
    customer_ids bigint[],
    purchase_ids uuid[],
    priced_ats timestamptz[],
    shown_totals numeric[],
    line_counts bigint[],
    product_ids bigint[],
    quantities bigint[],
    at_mosts numeric[],
    may_be_known boolean
)
RETURNS TABLE (outcome text, status text, total numeric, left_amount numeric, over_by numeric,
               sequence_number bigint, product_id bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off -- on small tables a sequential scan would lock all of it against everybody (facts 4)
SET plan_cache_mode = force_generic_plan -- facts 12c
AS $body$
DECLARE
    v_count int := cardinality(purchase_ids);
    v_first_line int := 1;
    v_last_line int := 0;
    v_request purchase_request;
    v_requests purchase_request[] := '{}';
    v_priced_at timestamptz;
    v_priced_ats timestamptz[] := '{}';
    v_store record;
    v_lines priced_lines;
    v_all_lines priced_lines[];
    v_account customer_purchased_amount;
    v_accounts customer_purchased_amount[] := '{}';
    v_free customer_purchased_amount[];
    v_next_free int := 1;
    v_written customer_purchased_amount[] := '{}';
    v_now timestamptz;
    v_known_ids uuid[];
    v_known record;
    v_decision purchase_decision;
    v_decisions purchase_decision[] := '{}';
    v_is_unwritten boolean := false;
    v_taker_ids bigint[] := '{}';
    v_taken_ids bigint[] := '{}';
BEGIN
    IF coalesce(v_count, 0) NOT BETWEEN 1 AND 100
       OR (v_count, v_count, v_count, v_count) IS DISTINCT FROM
          (cardinality(customer_ids), cardinality(priced_ats), cardinality(shown_totals), cardinality(line_counts))
       OR may_be_known IS NULL THEN
        RAISE EXCEPTION '1 to 100 purchases are placed together, each with its customer, key, time, total and lines'
            USING ERRCODE = 'PL001';
    END IF;
    -- What need not be read under the lock is not; all of it is of one snapshot, and fails as a whole when that is too old.
    SELECT s.deferred_confirmation, s.quote_life, s.hold_life,
           ARRAY(SELECT r.customer_id FROM purchase_request r WHERE r.customer_id = ANY (customer_ids)) AS waiting_ids,
           ARRAY(
               SELECT k.purchase_id
               FROM unnest(customer_ids, purchase_ids) AS k (customer_id, purchase_id)
               CROSS JOIN LATERAL ( -- key by key: for ANY the planner reads all that the customer ever bought
                   SELECT
                   FROM purchase p
                   WHERE p.customer_id = k.customer_id
                     AND p.purchase_id = k.purchase_id
                   LIMIT 1
               ) known
               WHERE may_be_known
           ) AS known_ids
    INTO v_store
    FROM store_setting s
    WHERE s.store_setting_id = 1;
    v_known_ids := v_store.known_ids;
    IF v_store.deferred_confirmation THEN
        outcome := 'confirms_later';
    ELSIF customer_ids[1] = customer_ids[v_count] THEN
        v_account := lock_customer(customer_ids[1]);
        v_now := v_account.settled_at;
        outcome := CASE WHEN v_account.customer_id IS NULL THEN 'unknown_customer' END;
    ELSE
        v_free := lock_free_customers(customer_ids, v_store.waiting_ids);
        v_now := clock();
    END IF;
    IF v_account.customer_id = ANY (v_store.waiting_ids) THEN
        v_account := decide_waiting_purchases(v_account, 500);
        -- They may be among these.
        v_known_ids := v_known_ids || purchase_ids;
        IF EXISTS (SELECT FROM purchase_request r WHERE r.customer_id = v_account.customer_id) THEN
            outcome := 'busy'; -- and not an error: what was decided stays decided
        END IF;
    END IF;
    IF outcome IS NOT NULL THEN
        FOR i IN 1 .. v_count LOOP
            RETURN NEXT;
        END LOOP;
        RETURN;
    END IF;

    -- It is v_now for all of them from here on, also for prices: one that begins in between is not theirs. Where the clock was set back
    -- it is what the clock says: a page's prices are as old as it says they are.
    FOR i IN 1 .. v_count LOOP
        IF customer_ids[i] < customer_ids[i - 1] THEN
            RAISE EXCEPTION 'purchases are placed together in the order of their customers' USING ERRCODE = 'PL001';
        END IF;
        v_last_line := v_first_line + line_counts[i] - 1;
        v_request := new_purchase_request(
            customer_ids[i], purchase_ids[i], priced_ats[i], shown_totals[i], product_ids[v_first_line:v_last_line],
            quantities[v_first_line:v_last_line], at_mosts[v_first_line:v_last_line]);
        v_request.requested_at := least(v_request.requested_at, v_now);
        v_first_line := v_last_line + 1;
        v_requests := v_requests || v_request;
        v_priced_ats := v_priced_ats || priced_as_of(v_request, v_store.quote_life);
    END LOOP;
    IF v_last_line <> cardinality(product_ids) THEN
        RAISE EXCEPTION 'there are lines that belong to no purchase' USING ERRCODE = 'PL001';
    END IF;
    v_all_lines := price_requests(v_requests, v_priced_ats, v_request.requested_at);

    FOR i IN 1 .. v_count LOOP
        v_request := v_requests[i];
        v_priced_at := v_priced_ats[i];
        v_lines := v_all_lines[i];
        status := NULL;
        total := NULL;
        left_amount := NULL;
        over_by := NULL;
        sequence_number := NULL;
        product_id := NULL;
        IF v_is_unwritten AND (v_account.has_windows OR v_request.purchase_id = ANY (v_known_ids)) THEN
            -- The next is judged by what the one before left in the windows; and a key that is known may be one of these.
            v_account := record_purchases(v_accounts || v_account, v_decisions);
            v_accounts := '{}';
            v_decisions := '{}';
            v_is_unwritten := false;
        END IF;
        IF v_request.customer_id IS DISTINCT FROM v_account.customer_id THEN
            IF v_is_unwritten THEN
                v_accounts := v_accounts || v_account;
                v_is_unwritten := false;
            END IF;
            v_account := v_free[v_next_free];
            IF v_account.customer_id = v_request.customer_id THEN
                v_next_free := v_next_free + 1;
                v_account.settled_at := greatest(v_now, v_account.settled_at); -- as lock_customer does
            END IF;
            -- It may have become due since the rows were looked at.
            IF v_account.customer_id IS DISTINCT FROM v_request.customer_id OR v_account.next_due_at <= v_account.settled_at THEN
                v_account := NULL;
                outcome := 'left_out';
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;
        IF v_request.purchase_id = ANY (v_known_ids) THEN
            SELECT r.request_hash, r.status, r.total, r.left_amount, r.over_by, r.sequence_number
            INTO v_known
            FROM purchase_receipt r
            WHERE r.customer_id = v_request.customer_id
              AND r.purchase_id = v_request.purchase_id;
            IF FOUND THEN
                outcome := 'key_reused';
                IF v_known.request_hash = v_request.request_hash THEN
                    outcome := 'already_recorded';
                    status := v_known.status;
                    total := v_known.total;
                    left_amount := v_known.left_amount;
                    over_by := v_known.over_by;
                    sequence_number := v_known.sequence_number;
                END IF;
                RETURN NEXT;
                CONTINUE;
            END IF;
        END IF;

        total := v_lines.total;
        outcome := refuse_quote(v_request, v_priced_at, v_lines);
        IF outcome IS NULL THEN
            v_decision := judge_purchase(v_account, v_request, v_lines, v_account.settled_at + v_store.hold_life);
            v_account := count_decision(v_account, v_decision);
            v_known_ids := v_known_ids || v_request.purchase_id;
            v_decisions := v_decisions || v_decision;
            v_is_unwritten := true;
            IF v_free IS NOT NULL AND v_written[cardinality(v_written)].customer_id IS DISTINCT FROM v_request.customer_id THEN
                v_written := v_written || v_free[v_next_free - 1];
            END IF;
            IF v_decision.status <> 'refused' THEN
                v_taken_ids := v_taken_ids || v_request.product_ids;
                v_taker_ids := v_taker_ids || array_fill(v_request.customer_id, ARRAY[cardinality(v_request.product_ids)]);
            END IF;
            outcome := v_decision.outcome;
            status := v_decision.status;
            left_amount := v_decision.left_amount;
            over_by := v_decision.over_by;
            sequence_number := v_decision.sequence_number;
        ELSIF NOT may_be_known THEN
            RAISE EXCEPTION 'a purchase would not be recorded, and nobody looked whether it is' USING ERRCODE = 'PL004';
        ELSE
            IF outcome = 'product_unavailable' THEN
                product_id := v_lines.unavailable_product_id;
            END IF;
            left_amount := (fit_purchase(v_account, 0)).left_amount;
        END IF;
        RETURN NEXT;
    END LOOP;

    IF v_is_unwritten THEN
        v_accounts := v_accounts || v_account;
    END IF;
    IF cardinality(v_decisions) > 0 THEN
        PERFORM record_purchases(v_accounts, v_decisions);
    END IF;
    IF cardinality(v_written) > 0 THEN
        PERFORM check_last_events(v_written);
    END IF;
    IF cardinality(v_taken_ids) > 0 THEN
        DELETE FROM cart_line c
        USING unnest(v_taker_ids, v_taken_ids) AS t (customer_id, product_id)
        WHERE c.customer_id = t.customer_id
          AND c.product_id = t.product_id;
    END IF;
END
$body$;
