-- in: what a checkout sent, apart from its key. Returns its SHA-256: the same key with other content is told so.
-- Written so that no setting of a session (DateStyle, TimeZone) and no trailing zero makes another text of it. The "at most"
-- are left out where there is none, as they were before there could be any.
CREATE OR REPLACE FUNCTION store.hash_purchase_request(
    priced_at timestamptz,
    shown_total numeric,
    product_ids bigint[],
    quantities bigint[],
    at_mosts numeric[]
)
RETURNS bytea
LANGUAGE plpgsql
STABLE
AS $body$
DECLARE
    v_at_mosts text;
BEGIN
    IF array_remove(at_mosts, NULL) <> '{}' THEN
        SELECT string_agg(coalesce(trim_scale(m.at_most)::text, '-'), ',' ORDER BY m.position)
        INTO v_at_mosts
        FROM unnest(at_mosts) WITH ORDINALITY AS m (at_most, position);
    END IF;
    RETURN sha256(convert_to(
        concat_ws('|', extract(epoch FROM priced_at), trim_scale(shown_total), product_ids, quantities, v_at_mosts), 'UTF8'));
END
$body$;
