-- I13: every change of a limit has who, when, old, new, why; and no limit changes otherwise.
CREATE OR REPLACE VIEW store.integrity_i13_limit_changes_say_why AS
SELECT
    'I13'::text AS rule,
    e.customer_id,
    format('event %s: limit %s became %s without a full account', e.sequence_number, e.previous_limit, e.limit_at_time)
        AS detail
FROM (
    SELECT *, lag(limit_at_time) OVER (PARTITION BY customer_id ORDER BY sequence_number) AS previous_limit
    FROM store.customer_event
) e
LEFT JOIN store.limit_change c USING (customer_id, sequence_number)
WHERE e.sequence_number > 1
  AND CASE
        WHEN e.kind = 'limit_changed' THEN
            (c.limit_before, c.limit_after) IS DISTINCT FROM (e.previous_limit, e.limit_at_time)
            OR e.actor = '' OR e.reason = ''
        ELSE e.limit_at_time <> e.previous_limit OR c.limit_change_id IS NOT NULL
      END;
