-- I12: the limit that an event was decided by is the one that was in force: of the changes, as they are dated, the one that
-- began last. Of the lifetime limit at every purchase and every change; of a window at its changes and its refusals. A raise for
-- one purchase is the exception: it ends where it begins, and what is decided at that moment may be that purchase.
CREATE OR REPLACE VIEW store.integrity_i12_limit_was_in_force AS
SELECT
    'I12'::text AS rule,
    e.customer_id,
    format('event %s, %s: the %s limit was %s, in force was %s', e.sequence_number, e.kind, l.window_name,
           CASE l.window_name WHEN 'lifetime' THEN e.limit_at_time ELSE e.window_limit END, l.limit_amount) AS detail
FROM store.customer_event e
CROSS JOIN LATERAL store.limits_in_force(e.customer_id, coalesce(e.effective_at, e.occurred_at)) l
WHERE (e.kind IN ('limit_changed', 'limit_took_effect', 'purchase_refused') AND l.window_name = e.window_name
       OR e.kind IN ('purchase_confirmed', 'purchase_processing', 'purchase_refused') AND l.window_name = 'lifetime')
  AND l.limit_amount <> CASE l.window_name WHEN 'lifetime' THEN e.limit_at_time ELSE e.window_limit END
  AND NOT EXISTS ( -- for one purchase
      SELECT
      FROM store.limit_change c
      WHERE c.customer_id = e.customer_id
        AND c.window_name = l.window_name
        AND c.valid_from = e.occurred_at
        AND c.valid_to = c.valid_from
  )
  AND NOT EXISTS ( -- another change at the same moment, which then counts
      SELECT
      FROM store.customer_event n
      WHERE n.customer_id = e.customer_id
        AND n.sequence_number > e.sequence_number
        AND n.window_name = l.window_name
        AND n.kind IN ('limit_changed', 'limit_took_effect', 'limit_change_ended')
        AND coalesce(n.effective_at, n.occurred_at) = coalesce(e.effective_at, e.occurred_at)
  );
