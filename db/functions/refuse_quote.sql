-- in: what was asked for, the moment whose prices hold for it, its lines as they are priced.
-- Returns why it is not decided but asked again: product_unavailable, or price_changed where the quote is too old, a price is
-- above the customer's "at most", or the total above what the page showed. Null: it is as the page said, or cheaper.
CREATE OR REPLACE FUNCTION store.refuse_quote(
    request store.purchase_request,
    priced_at timestamptz,
    lines store.priced_lines
)
RETURNS text
LANGUAGE plpgsql
IMMUTABLE
AS $body$
BEGIN
    RETURN CASE
        WHEN lines.unavailable_product_id IS NOT NULL THEN 'product_unavailable'
        WHEN refuse_quote.priced_at <> request.priced_at
             OR lines.above_at_most_product_id IS NOT NULL
             OR lines.total > request.shown_total THEN 'price_changed'
    END;
END
$body$;
