-- Nothing calls this any more but purchases that are under way while this release replaces place_purchase; the next one drops it.
-- in: the customer's row, whose last event is the purchase's first; what was asked for; its lines, priced; the status it has,
-- what is held for it, until when it waits, since when it counts (null: it does not).
-- Writes the purchase and its lines. Lines whose product had no price on the page are kept with the customer's "at most", and
-- as lines with a price once they have one.
CREATE OR REPLACE FUNCTION store.record_purchase(
    account store.customer_purchased_amount,
    request store.purchase_request,
    lines store.priced_lines,
    status text,
    held numeric,
    expires_at timestamptz,
    counted_at timestamptz
)
RETURNS void
LANGUAGE plpgsql
AS $body$
BEGIN
    INSERT INTO purchase (customer_id, purchase_id, purchase_number, request_hash, status, total, priced_at, shown_total,
                          placed_at, sequence_number, last_sequence_number, held, expires_at,
                          counted_at)
    VALUES (account.customer_id, request.purchase_id, request.purchase_number, request.request_hash, record_purchase.status,
            lines.total, request.priced_at, request.shown_total, request.requested_at, account.last_sequence_number,
            account.last_sequence_number, record_purchase.held, record_purchase.expires_at,
            record_purchase.counted_at);

    INSERT INTO purchase_line (customer_id, purchase_id, product_id, quantity, unit_price, price_valid_from)
    SELECT account.customer_id, request.purchase_id, l.product_id, l.quantity, l.unit_price, l.valid_from
    FROM unnest(request.product_ids, request.quantities, lines.unit_prices, lines.price_valid_froms)
        AS l (product_id, quantity, unit_price, valid_from)
    WHERE l.unit_price IS NOT NULL;

    IF true = ANY (lines.on_request) THEN
        INSERT INTO purchase_line_on_request (customer_id, purchase_id, product_id, quantity, at_most)
        SELECT account.customer_id, request.purchase_id, l.product_id, l.quantity, l.at_most
        FROM unnest(request.product_ids, request.quantities, request.at_mosts, lines.on_request)
            AS l (product_id, quantity, at_most, on_request)
        WHERE l.on_request;
    END IF;
END
$body$;
