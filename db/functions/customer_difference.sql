-- in: customer_id. For the functions that freeze and release.
-- Returns in words in what the customer's row and ledger differ, null where they agree: first what lock_customer looks at,
-- then the integrity rules about the customer's row and events (I4, I5, I6). Reads one customer's rows, locks nothing.
CREATE OR REPLACE FUNCTION store.customer_difference(customer_id bigint) RETURNS text
LANGUAGE plpgsql
STABLE
AS $body$
DECLARE
    v_differences text[];
BEGIN
    SELECT array_agg(d.detail)
    INTO v_differences
    FROM (
        SELECT format('row says event %s, bought %s, held %s, limit %s; the ledger from there: %s', a.last_sequence_number,
                      a.amount, a.held, a.limit_amount, coalesce(e.said, 'no such event')) AS detail
        FROM customer_purchased_amount a
        CROSS JOIN LATERAL (
            SELECT
                bool_and((n.sequence_number, n.amount_after, n.held_after, n.limit_at_time)
                         = (a.last_sequence_number, a.amount, a.held, a.limit_amount)) AS is_last,
                string_agg(format('event %s, bought %s, held %s, limit %s', n.sequence_number, n.amount_after, n.held_after,
                                  n.limit_at_time), ', ' ORDER BY n.sequence_number) AS said
            FROM customer_event n
            WHERE n.customer_id = a.customer_id
              AND n.sequence_number >= a.last_sequence_number
        ) e
        WHERE a.customer_id = customer_difference.customer_id
          AND e.is_last IS DISTINCT FROM true
        UNION ALL
        SELECT format('%s: %s', i.rule, i.detail)
        FROM integrity_i04_row_is_fold_of_events i
        WHERE i.customer_id = customer_difference.customer_id
        UNION ALL
        SELECT format('%s: %s', i.rule, i.detail)
        FROM integrity_i05_sequence_without_gap i
        WHERE i.customer_id = customer_difference.customer_id
        UNION ALL
        SELECT format('%s: %s', i.rule, i.detail)
        FROM integrity_i06_begins_where_the_last_ended i
        WHERE i.customer_id = customer_difference.customer_id
    ) d;
    RETURN left(array_to_string(v_differences, E'\n'), 2000);
END
$body$;
