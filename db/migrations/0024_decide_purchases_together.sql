-- What store.judge_purchase says of one purchase, and store.record_purchases writes of several: flat, because reading a field of a
-- composite in a composite costs more than the field.
CREATE TYPE store.purchase_decision AS (
    -- what was asked for, as in store.purchase_request
    customer_id bigint,
    purchase_id uuid,
    purchase_number bigint,
    request_hash bytea,
    priced_at timestamptz,
    shown_total numeric,
    requested_at timestamptz,
    product_ids bigint[],
    quantities bigint[],
    at_mosts numeric[],
    -- how its lines are priced, as in store.priced_lines
    total numeric,
    unit_prices numeric[],
    price_valid_froms timestamptz[],
    on_request boolean[],
    -- how it fits, as in store.purchase_fit; of the limit that refuses it, else of none
    over_by numeric,
    left_amount numeric, -- what may be bought after it
    window_name text,
    window_limit numeric,
    window_used numeric,
    resets_at timestamptz,
    is_near boolean, -- it counts, and half or more of some limit is used up
    -- the decision
    outcome text, -- confirmed, processing, over_limit, product_unavailable or price_changed
    status text, -- confirmed, processing or refused
    reason text, -- why it was refused; '': for the limit
    hold numeric,
    expires_at timestamptz, -- until when it waits; null: it does not
    counted_at timestamptz, -- since when it counts; null: it does not
    -- its event
    sequence_number bigint,
    occurred_at timestamptz,
    amount_before numeric,
    amount_after numeric,
    held_before numeric,
    held_after numeric,
    limit_at_time numeric,
    left_at_time numeric -- no_limit() where the lifetime limit is the only one
);
