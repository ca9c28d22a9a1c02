-- in: the customer's row; what was decided about one purchase. Returns the row with it, as the next is judged by.
CREATE OR REPLACE FUNCTION store.count_decision(
    account store.customer_purchased_amount,
    decision store.purchase_decision
)
RETURNS store.customer_purchased_amount
LANGUAGE plpgsql
IMMUTABLE
AS $body$
BEGIN
    account.amount := decision.amount_after;
    account.held := decision.held_after;
    account.last_sequence_number := decision.sequence_number;
    IF decision.expires_at < account.next_due_at THEN
        account.next_due_at := decision.expires_at;
    END IF;
    RETURN account;
END
$body$;
