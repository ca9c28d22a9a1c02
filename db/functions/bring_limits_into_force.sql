-- in: the customer's row, locked; two moments, the later one not in the future.
-- Where another limit is in force at the later one than at the earlier, an event says so, and the row and the window's counter
-- follow. What an import brings is written down with who confirmed it and why, also where only its end is another. Returns the
-- row as it then is.
CREATE OR REPLACE FUNCTION store.bring_limits_into_force(
    account store.customer_purchased_amount,
    since timestamptz,
    moment timestamptz
)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
AS $body$
DECLARE
    v_change record;
BEGIN
    FOR v_change IN
        SELECT a.window_name, b.limit_amount AS limit_before, a.limit_amount, a.limit_change_id, a.valid_to,
               b.valid_to <= bring_limits_into_force.moment AS has_ended, i.actor, i.reason
        FROM limits_in_force(account.customer_id, bring_limits_into_force.since) b
        JOIN limits_in_force(account.customer_id, bring_limits_into_force.moment) a USING (window_name)
        JOIN limit_window w USING (window_name)
        LEFT JOIN limit_import_row r
            ON r.customer_id = account.customer_id
            AND r.limit_change_id = a.limit_change_id
            AND NOT EXISTS (
                SELECT
                FROM limit_change c
                WHERE c.customer_id = r.customer_id
                  AND c.limit_change_id = r.limit_change_id
            )
        LEFT JOIN limit_import i USING (limit_import_id)
        WHERE a.limit_amount <> b.limit_amount
           OR a.limit_change_id IS DISTINCT FROM b.limit_change_id AND r.limit_change_id IS NOT NULL
        ORDER BY w.position
    LOOP
        IF v_change.actor IS NOT NULL THEN
            account := record_limit_change(account, v_change.limit_change_id, v_change.window_name, v_change.limit_before,
                                           v_change.limit_amount, moment, v_change.valid_to, v_change.actor,
                                           v_change.reason, notify => true, effective_at => moment);
        ELSE
            account := append_event(
                account, 'limit_took_effect', 'system',
                CASE WHEN v_change.has_ended THEN 'The limit before it ended.' ELSE 'It was set to begin then.' END,
                notify => true,
                limit_amount => v_change.limit_amount,
                window_name => v_change.window_name,
                effective_at => moment,
                limit_change_id => v_change.limit_change_id);
        END IF;
    END LOOP;
    RETURN account;
END
$body$;
