-- What a customer may still buy, live. left_amount is never below zero; after a cut the customer is over by over_by.
CREATE OR REPLACE VIEW store.customer_allowance AS
SELECT
    a.customer_id,
    a.amount,
    a.held,
    a.limit_amount,
    greatest(a.limit_amount - a.amount - a.held, 0) AS left_amount,
    greatest(a.amount + a.held - a.limit_amount, 0) AS over_by,
    a.last_sequence_number
FROM store.customer_purchased_amount a;
