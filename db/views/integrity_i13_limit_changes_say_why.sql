-- I13: every change of a limit has who, when, old, new, why; and no limit changes otherwise.
CREATE OR REPLACE VIEW store.integrity_i13_limit_changes_say_why AS
SELECT
    'I13'::text AS rule,
    e.customer_id,
    format('event %s, %s: limit %s became %s without a full account', e.sequence_number, e.kind, e.previous_limit,
           e.limit_at_time) AS detail
FROM (
    SELECT
        customer_id,
        sequence_number,
        kind,
        actor,
        reason,
        occurred_at,
        window_name,
        window_limit,
        limit_change_id,
        limit_at_time,
        lag(limit_at_time) OVER (PARTITION BY customer_id ORDER BY sequence_number) AS previous_limit
    FROM store.customer_event
) e
LEFT JOIN store.limit_change c USING (customer_id, sequence_number)
LEFT JOIN store.limit_change_end x USING (customer_id, sequence_number)
WHERE e.sequence_number > 1
  AND (e.kind NOT LIKE 'purchase\_%' AND (e.actor = '' OR e.reason = '')
       OR (c.limit_change_id IS NOT NULL) <> (e.kind IN ('limit_changed', 'limit_change_scheduled'))
       OR c.window_name <> e.window_name
       OR (x.limit_change_id IS NOT NULL) <> (e.kind = 'limit_change_ended')
       OR x.limit_change_id <> e.limit_change_id
       OR CASE
            WHEN e.kind IN ('limit_changed', 'limit_took_effect') AND e.window_name = 'lifetime' THEN
                c.limit_before <> e.previous_limit OR c.limit_after <> e.limit_at_time
                OR e.kind = 'limit_took_effect' AND e.window_limit <> e.limit_at_time
            WHEN e.kind = 'limit_change_scheduled' THEN
                c.valid_from <= e.occurred_at OR c.limit_after <> e.window_limit OR e.limit_at_time <> e.previous_limit
            WHEN e.kind IN ('limit_changed', 'limit_took_effect', 'limit_change_ended', 'limit_raise_requested',
                            'limit_raise_proposed', 'limit_raise_denied', 'limit_raise_cancelled') THEN
                c.limit_after <> e.window_limit OR e.limit_at_time <> e.previous_limit
            ELSE e.limit_at_time <> e.previous_limit OR e.kind LIKE 'limit\_%'
          END);
