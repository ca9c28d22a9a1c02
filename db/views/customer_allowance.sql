-- What a customer may still buy, live: a hold whose deadline has passed counts no more, though its event is written by
-- whoever locks the row next. left_amount is never below zero; after a cut the customer is over by over_by.
CREATE OR REPLACE VIEW store.customer_allowance AS
SELECT
    a.customer_id,
    a.amount,
    (a.held - due.held)::store.usd AS held,
    a.limit_amount,
    greatest(a.limit_amount - a.amount - a.held + due.held, 0) AS left_amount,
    greatest(a.amount + a.held - due.held - a.limit_amount, 0) AS over_by,
    a.last_sequence_number
FROM store.customer_purchased_amount a
CROSS JOIN LATERAL (
    SELECT coalesce(sum(p.held), 0) AS held
    FROM store.purchase p
    WHERE a.next_due_at <= statement_timestamp() -- most rows stop here
      AND p.customer_id = a.customer_id
      AND p.expires_at <= statement_timestamp()
) due;
