-- Roles are the server's and no migration's: asked by `verify` alone. Whoever is a member of the owner could take every guard away.
SELECT format('%s may be what no role of the store may be: superuser, or may make roles, or pass by row security', rolname)
FROM pg_roles
WHERE rolname IN ('store_owner', 'store_migrator', 'store_web', 'store_admin', 'store_worker')
  AND (rolsuper OR rolcreaterole OR rolbypassrls OR rolreplication)
UNION ALL
SELECT 'store_owner may log in'
FROM pg_roles
WHERE rolname = 'store_owner' AND rolcanlogin
UNION ALL
SELECT format('%s may act as %s', m.member::regrole, m.roleid::regrole)
FROM pg_auth_members m
WHERE m.member IN (to_regrole('store_owner'), to_regrole('store_web'), to_regrole('store_admin'), to_regrole('store_worker'))
UNION ALL
SELECT format('%s has %s = %s, not %s', s.role, s.name, coalesce(c.value, 'nothing'), s.value)
FROM (
    SELECT role, name, value
    FROM unnest(ARRAY['store_web', 'store_admin', 'store_worker']) role
    CROSS JOIN (
        VALUES ('default_transaction_isolation', 'serializable'),
               ('lock_timeout', '2s'),
               ('statement_timeout', '5s'),
               ('idle_in_transaction_session_timeout', '10s'),
               ('jit', 'off')
    ) v (name, value)
) s
LEFT JOIN LATERAL (
    SELECT split_part(x.setting, '=', 2) AS value
    FROM pg_db_role_setting d
    CROSS JOIN unnest(d.setconfig) x (setting)
    WHERE d.setdatabase = 0 AND d.setrole = to_regrole(s.role) AND split_part(x.setting, '=', 1) = s.name
) c ON true
WHERE c.value IS DISTINCT FROM s.value
