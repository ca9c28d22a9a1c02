-- in: who would set a limit; what it is, or the lowest it would be without that (standing_limits); what it would be.
-- Returns why this admin may not do so alone: needs_right, needs_second_admin. Null: it may be set.
CREATE OR REPLACE FUNCTION store.refuse_limit(actor text, limit_before numeric, limit_after numeric) RETURNS text
LANGUAGE plpgsql
STABLE
AS $body$
BEGIN
    RETURN CASE -- an outcome
        WHEN limit_after = no_limit() AND NOT EXISTS (
            SELECT
            FROM admin_right r
            WHERE r.actor = refuse_limit.actor
              AND r.right_name = 'no_limit'
        ) THEN 'needs_right'
        WHEN limit_after > limit_before AND limit_after > (
            SELECT s.second_admin_above
            FROM store_setting s
            WHERE s.store_setting_id = 1
        ) THEN 'needs_second_admin'
    END;
END
$body$;
