-- in: limit_import_id, begun in this transaction; some rows of its file, an array for each column. until_dates: the last day
-- on which a limit counts, in the store's zone; valid_tos: the moment instead, where the file names one; neither: for good.
-- Compares each row with what is in force as of the import's uploaded_at, and keeps it with what it found: which limit there
-- was and until when, what counts in it, and which refusals of the last 90 days it would have let pass. Locks nobody.
-- Returns the rows that are in error, which are not kept: unknown_customer, ends_in_past, needs_right, needs_second_admin
-- (with limit_before). Errors: 23505 for a customer's window that is there twice, PL002 the import was not begun.
CREATE OR REPLACE FUNCTION store.stage_limit_import_rows(
    limit_import_id uuid,
    row_numbers bigint[],
    customer_ids bigint[],
    window_names text[],
    limit_afters numeric[],
    until_dates date[],
    valid_tos timestamptz[]
)
RETURNS TABLE (row_number bigint, problem text, limit_before numeric)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
AS $body$
DECLARE
    v_moment timestamptz;
    v_actor text;
BEGIN
    SELECT i.uploaded_at, i.uploaded_by
    INTO v_moment, v_actor
    FROM limit_import i
    WHERE i.limit_import_id = stage_limit_import_rows.limit_import_id
      AND i.status = 'staging';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'import % was not begun', stage_limit_import_rows.limit_import_id USING ERRCODE = 'PL002';
    END IF;

    RETURN QUERY
    WITH bounds AS MATERIALIZED (
        SELECT w.window_name, b.starts_at, b.ends_at
        FROM limit_window w
        JOIN store_setting s ON s.store_setting_id = 1
        CROSS JOIN LATERAL window_at(w.window_name, v_moment, s.time_zone, s.week_starts_on) b
        WHERE w.window_name <> 'lifetime'
    ), found AS MATERIALIZED (
        SELECT
            f.row_number, f.customer_id, f.window_name, f.limit_after,
            coalesce(f.valid_to, first_moment((f.until_date + 1)::timestamp, s.time_zone), 'infinity') AS valid_to,
            a.amount + a.held AS used_in_all,
            a.next_due_at <= v_moment AS is_due,
            a.limit_sequence_number,
            coalesce(
                l.limit_after::numeric,
                CASE f.window_name WHEN 'lifetime' THEN d.limit_at_time::numeric ELSE no_limit() END) AS limit_before,
            coalesce(l.valid_to, 'infinity') AS valid_to_before,
            coalesce(o.starts_at, b.starts_at) AS starts_at,
            coalesce(o.ends_at, b.ends_at) AS ends_at
        FROM unnest(row_numbers, customer_ids, window_names, limit_afters, until_dates, valid_tos)
             f (row_number, customer_id, window_name, limit_after, until_date, valid_to)
        JOIN store_setting s ON s.store_setting_id = 1
        LEFT JOIN bounds b USING (window_name)
        LEFT JOIN customer_purchased_amount a ON a.customer_id = f.customer_id
        LEFT JOIN customer_event d ON d.customer_id = f.customer_id AND d.sequence_number = 1
        LEFT JOIN LATERAL ( -- as limits_in_force has it, for one window
            SELECT p.limit_after, p.valid_to
            FROM limit_period p
            WHERE p.customer_id = f.customer_id
              AND p.window_name = f.window_name
              AND p.valid_from <= v_moment
              AND p.valid_to > v_moment
            ORDER BY p.valid_from DESC, p.sequence_number DESC
            LIMIT 1
        ) l ON true
        LEFT JOIN customer_window_amount o
            ON o.customer_id = f.customer_id
            AND o.window_name = f.window_name
            AND o.starts_at <= v_moment
            AND o.ends_at > v_moment
    ), judged AS MATERIALIZED (
        SELECT
            f.*,
            CASE
                WHEN f.limit_sequence_number IS NULL THEN 'unknown_customer'
                WHEN f.valid_to <= v_moment THEN 'ends_in_past'
                WHEN f.limit_after <> f.limit_before OR f.valid_to <> f.valid_to_before THEN
                    refuse_limit(v_actor, CASE WHEN f.valid_to_before < f.valid_to THEN (
                        SELECT min(l.limit_amount)
                        FROM standing_limits(f.customer_id, f.window_name, v_moment, f.valid_to) l
                    ) ELSE f.limit_before END, f.limit_after)
            END AS problem
        FROM found f
    ), kept AS (
        INSERT INTO limit_import_row (customer_id, limit_import_id, window_name, limit_after, valid_to, limit_change_id,
                                      row_number, is_change, limit_before, valid_to_before, limit_sequence_number,
                                      used_amount, passing_count, passing_amount)
        SELECT j.customer_id, stage_limit_import_rows.limit_import_id, j.window_name, j.limit_after, j.valid_to,
               gen_random_uuid(), j.row_number, j.limit_after <> j.limit_before OR j.valid_to <> j.valid_to_before,
               j.limit_before, j.valid_to_before, j.limit_sequence_number, u.amount, e.refusals, e.amount
        FROM judged j
        CROSS JOIN LATERAL (
            SELECT CASE
                WHEN j.window_name <> 'lifetime' THEN (
                    SELECT coalesce(sum(p.total - p.restored)
                                        FILTER (WHERE p.status IN ('confirmed', 'partly_refunded', 'refunded')), 0)
                           + coalesce(sum(p.held) FILTER (WHERE p.expires_at > v_moment), 0)
                    FROM purchase p
                    WHERE p.customer_id = j.customer_id
                      AND p.counted_at >= j.starts_at
                      AND p.counted_at < j.ends_at
                )
                WHEN j.is_due THEN j.used_in_all - ( -- what expired counts no more
                    SELECT coalesce(sum(p.held), 0)
                    FROM purchase p
                    WHERE p.customer_id = j.customer_id
                      AND p.expires_at <= v_moment
                )
                ELSE j.used_in_all
            END AS amount
        ) u
        CROSS JOIN LATERAL (
            SELECT count(*) AS refusals, coalesce(sum(r.amount), 0) AS amount
            FROM customer_event r
            WHERE j.limit_after > j.limit_before
              AND r.customer_id = j.customer_id
              AND r.kind = 'purchase_refused'
              AND r.reason = ''
              AND r.window_name = j.window_name
              AND r.occurred_at > v_moment - interval '90 days'
              AND r.amount + CASE r.window_name WHEN 'lifetime' THEN r.amount_after + r.held_after ELSE r.window_used END
                  <= j.limit_after
        ) e
        WHERE j.problem IS NULL
    )
    SELECT j.row_number, j.problem, j.limit_before
    FROM judged j
    WHERE j.problem IS NOT NULL
    ORDER BY j.row_number;
END
$body$;
