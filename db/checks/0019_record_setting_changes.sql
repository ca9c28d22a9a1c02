-- What was written down stays.
SELECT format('%s on %s is not there, or not ALWAYS', g.guard, g.relation)
FROM (
    VALUES ('store.setting_change', 'setting_change_append_only'),
           ('store.setting_change', 'setting_change_never_truncated'),
           ('store.setting_proposal', 'setting_proposal_append_only'),
           ('store.setting_proposal', 'setting_proposal_never_truncated'),
           ('store.admin_right_change', 'admin_right_change_append_only'),
           ('store.admin_right_change', 'admin_right_change_never_truncated')
) g (relation, guard)
LEFT JOIN pg_trigger t ON t.tgrelid = to_regclass(g.relation) AND t.tgname = g.guard AND t.tgenabled = 'A'
WHERE t.oid IS NULL
