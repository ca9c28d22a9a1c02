-- in: version, the one that the admin's page showed; what every setting is to be from now on; reason; actor ('admin 3').
-- Locks the one row of store_setting until COMMIT, against other changes of it; no customer's row. Purchases read it and go on.
-- A rule that takes two admins takes two to loosen: raising second_admin_above, or the default limit above it, is a proposal,
-- and another admin's of the same, while the settings are at the same version, changes it.
-- Outcomes: changed, needs_second_admin (proposed), already_recorded, changed_meanwhile (somebody else was faster: version_now is
-- theirs), unchanged, needs_right (a default lifetime limit of none, by an admin without the right to it), unknown_time_zone.
-- Errors: 25001, 40001, 23514 for a value that no setting can have, PL001 without a reason.
CREATE OR REPLACE FUNCTION store.change_settings(
    version bigint,
    default_limit numeric,
    default_day_limit numeric,
    default_week_limit numeric,
    default_month_limit numeric,
    default_year_limit numeric,
    quote_life interval,
    hold_life interval,
    approval_life interval,
    raise_delay interval,
    deferred_confirmation boolean,
    refund_restores_allowance boolean,
    second_admin_above numeric,
    week_starts_on bigint,
    time_zone text,
    notice_percents bigint[],
    reason text,
    actor text
)
RETURNS TABLE (outcome text, version_now bigint)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = store, pg_catalog, pg_temp
SET enable_seqscan = off
SET intervalstyle = 'iso_8601' -- how setting_change keeps them
AS $body$
DECLARE
    v_before store_setting;
    v_after store_setting;
    v_shown jsonb;
    v_wanted jsonb;
    v_proposed_by text[];
BEGIN
    IF current_setting('transaction_isolation') <> 'serializable' OR current_setting('synchronous_commit') = 'off' THEN
        PERFORM refuse_session();
    END IF;
    IF coalesce(change_settings.reason, '') = '' THEN
        RAISE EXCEPTION 'who changes settings says why' USING ERRCODE = 'PL001';
    END IF;

    SELECT s.* INTO STRICT v_before FROM store_setting s WHERE s.store_setting_id = 1 FOR NO KEY UPDATE;
    -- 72 hours and 3 days are the same.
    v_before.quote_life := justify_hours(v_before.quote_life);
    v_before.hold_life := justify_hours(v_before.hold_life);
    v_before.approval_life := justify_hours(v_before.approval_life);
    v_before.raise_delay := justify_hours(v_before.raise_delay);
    v_after := v_before;
    v_after.default_limit := change_settings.default_limit;
    v_after.default_day_limit := change_settings.default_day_limit;
    v_after.default_week_limit := change_settings.default_week_limit;
    v_after.default_month_limit := change_settings.default_month_limit;
    v_after.default_year_limit := change_settings.default_year_limit;
    v_after.quote_life := justify_hours(change_settings.quote_life);
    v_after.hold_life := justify_hours(change_settings.hold_life);
    v_after.approval_life := justify_hours(change_settings.approval_life);
    v_after.raise_delay := justify_hours(change_settings.raise_delay);
    v_after.deferred_confirmation := change_settings.deferred_confirmation;
    v_after.refund_restores_allowance := change_settings.refund_restores_allowance;
    v_after.second_admin_above := change_settings.second_admin_above;
    v_after.week_starts_on := change_settings.week_starts_on;
    v_after.time_zone := change_settings.time_zone;
    v_after.notice_percents := ARRAY(SELECT DISTINCT p FROM unnest(change_settings.notice_percents) p ORDER BY p);
    v_shown := to_jsonb(v_before) - '{store_setting_id,version}'::text[];
    v_wanted := to_jsonb(v_after) - '{store_setting_id,version}'::text[];

    SELECT array_agg(p.actor)
    INTO v_proposed_by
    FROM (
        SELECT DISTINCT ON (p.actor) p.actor, p.wanted
        FROM setting_proposal p
        WHERE p.version = v_before.version
        ORDER BY p.actor, p.occurred_at DESC
    ) p
    WHERE p.wanted = v_wanted;

    version_now := v_before.version;
    outcome := CASE
        WHEN v_before.version = change_settings.version + 1 AND v_shown = v_wanted AND EXISTS (
            SELECT
            FROM setting_change c
            WHERE c.version = v_before.version
              AND (c.actor, c.reason) = (change_settings.actor, change_settings.reason)
        ) THEN 'already_recorded'
        WHEN v_before.version <> change_settings.version THEN 'changed_meanwhile'
        WHEN v_shown = v_wanted THEN 'unchanged'
        -- AT TIME ZONE takes more than that: any letters with a number are a zone to it.
        WHEN v_after.time_zone <> v_before.time_zone
             AND NOT EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = v_after.time_zone) THEN 'unknown_time_zone'
        WHEN v_after.default_limit = no_limit() AND v_before.default_limit < no_limit() AND NOT EXISTS (
            SELECT
            FROM admin_right r
            WHERE r.actor = change_settings.actor
              AND r.right_name = 'no_limit'
        ) THEN 'needs_right'
        WHEN (v_after.second_admin_above > v_before.second_admin_above
              OR v_after.default_limit > greatest(v_before.default_limit::numeric, v_before.second_admin_above))
             AND coalesce(change_settings.actor = ALL (v_proposed_by), true) THEN 'needs_second_admin'
        ELSE 'changed'
    END;

    IF outcome = 'changed' THEN
        version_now := v_before.version + 1;
        UPDATE store_setting s
        SET version = version_now,
            default_limit = v_after.default_limit,
            default_day_limit = v_after.default_day_limit,
            default_week_limit = v_after.default_week_limit,
            default_month_limit = v_after.default_month_limit,
            default_year_limit = v_after.default_year_limit,
            quote_life = v_after.quote_life,
            hold_life = v_after.hold_life,
            approval_life = v_after.approval_life,
            raise_delay = v_after.raise_delay,
            deferred_confirmation = v_after.deferred_confirmation,
            refund_restores_allowance = v_after.refund_restores_allowance,
            second_admin_above = v_after.second_admin_above,
            week_starts_on = v_after.week_starts_on,
            time_zone = v_after.time_zone,
            notice_percents = v_after.notice_percents
        WHERE s.store_setting_id = 1;
        INSERT INTO setting_change (version, setting_name, value_before, value_after, actor, reason, occurred_at)
        SELECT version_now, b.key, b.value, a.value, change_settings.actor, change_settings.reason, clock_timestamp()
        FROM jsonb_each(v_shown) b
        JOIN jsonb_each(v_wanted) a USING (key)
        WHERE a.value <> b.value;
    ELSIF outcome = 'needs_second_admin' AND v_proposed_by IS NULL THEN -- else it is proposed already, by this admin
        INSERT INTO setting_proposal (version, actor, occurred_at, shown, wanted, reason)
        VALUES (v_before.version, change_settings.actor, clock_timestamp(), v_shown, v_wanted, change_settings.reason);
    END IF;
    RETURN NEXT;
END
$body$;
