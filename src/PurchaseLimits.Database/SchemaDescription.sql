-- Every object of the store's schemas as (object, definition), the same text for the same schema on one server. What belongs to an
-- extension is left out: its version is the server's affair. Pretty-printed (true), or what was dumped and restored would have fewer
-- parentheses than what a script wrote.
WITH ours AS (
    SELECT oid, nspname, nspowner, nspacl
    FROM pg_namespace
    WHERE nspname IN ('store', 'account', 'report', 'migration', 'extension')
), relation AS (
    SELECT c.*, format('%I.%I', o.nspname, c.relname) AS name
    FROM pg_class c
    JOIN ours o ON o.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
), routine AS (
    SELECT p.*, format('%I.%I(%s)', o.nspname, p.proname, pg_get_function_identity_arguments(p.oid)) AS name
    FROM pg_proc p
    JOIN ours o ON o.oid = p.pronamespace
    WHERE NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
), type AS (
    SELECT t.*, format('%I.%I', o.nspname, t.typname) AS name
    FROM pg_type t
    JOIN ours o ON o.oid = t.typnamespace
    WHERE t.typtype IN ('d', 'e', 'r', 'c')
      AND (t.typrelid = 0 OR EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind = 'c'))
      AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid AND d.deptype = 'e')
), granted AS (
    SELECT format('schema %I', o.nspname) AS object, coalesce(o.nspacl, acldefault('n', o.nspowner)) AS acl, o.nspowner AS owner
    FROM ours o
    UNION ALL
    SELECT format('%s %s', CASE r.relkind WHEN 'S' THEN 'sequence' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' ELSE 'table' END, r.name),
           coalesce(r.relacl, acldefault(CASE r.relkind WHEN 'S' THEN 's'::"char" ELSE 'r'::"char" END, r.relowner)), r.relowner
    FROM relation r
    WHERE r.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT format('column %s.%I', r.name, a.attname), a.attacl, r.relowner
    FROM relation r
    JOIN pg_attribute a ON a.attrelid = r.oid
    WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT format('function %s', f.name), coalesce(f.proacl, acldefault('f', f.proowner)), f.proowner
    FROM routine f
    UNION ALL
    SELECT format('type %s', t.name), coalesce(t.typacl, acldefault('T', t.typowner)), t.typowner
    FROM type t
    UNION ALL
    SELECT format('default rights of %s for %s in %s', d.defaclrole::regrole, d.defaclobjtype, coalesce(o.nspname, 'every schema')), d.defaclacl, d.defaclrole
    FROM pg_default_acl d
    LEFT JOIN ours o ON o.oid = d.defaclnamespace
    WHERE d.defaclrole = to_regrole('store_owner')
)
SELECT format('rights on %s', g.object) AS object,
       (
           SELECT string_agg(format('%s may %s%s', CASE x.grantee WHEN 0 THEN 'everybody' ELSE pg_get_userbyid(x.grantee) END,
                                    lower(x.privilege_type), CASE WHEN x.is_grantable THEN ' and hand it on' END),
                             E'\n' ORDER BY pg_get_userbyid(x.grantee), x.privilege_type)
           FROM aclexplode(g.acl) x
           WHERE x.grantee <> g.owner
       ) AS definition
FROM granted g
UNION ALL
SELECT format('schema %I', o.nspname), format('owner %s', pg_get_userbyid(o.nspowner))
FROM ours o
UNION ALL
SELECT format('extension %I', e.extname), format('schema %I', n.nspname)
FROM pg_extension e
JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extnamespace IN (SELECT oid FROM ours)
UNION ALL
SELECT format('%s %s', CASE r.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'foreign table' ELSE 'table' END, r.name),
       concat_ws(E'\n',
           format('owner %s', pg_get_userbyid(r.relowner)),
           CASE WHEN r.relpersistence <> 'p' THEN format('persistence %s', r.relpersistence) END,
           CASE WHEN r.relrowsecurity OR r.relforcerowsecurity THEN 'row level security' END,
           array_to_string(r.reloptions, E'\n'),
           CASE WHEN r.relkind IN ('v', 'm') THEN pg_get_viewdef(r.oid, true) END,
           (SELECT format('from %s by %s, %s to %s%s', s.seqstart, s.seqincrement, s.seqmin, s.seqmax, CASE WHEN s.seqcycle THEN ', around' END)
            FROM pg_sequence s
            WHERE s.seqrelid = r.oid))
FROM relation r
WHERE r.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
UNION ALL
SELECT format('column %s.%I', r.name, a.attname),
       concat_ws(E'\n',
           format('%s at %s', format_type(a.atttypid, a.atttypmod), row_number() OVER (PARTITION BY r.oid ORDER BY a.attnum)),
           CASE WHEN a.attnotnull THEN 'not null' END,
           CASE WHEN a.attidentity <> '' THEN format('identity %s', a.attidentity) END,
           CASE WHEN a.attgenerated <> '' THEN format('generated %s', a.attgenerated) END,
           CASE WHEN a.attcollation <> t.typcollation THEN format('collation %s', a.attcollation::regcollation) END,
           pg_get_expr(d.adbin, d.adrelid, true))
FROM relation r
JOIN pg_attribute a ON a.attrelid = r.oid
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = r.oid AND d.adnum = a.attnum
WHERE r.relkind IN ('r', 'p', 'f') AND a.attnum > 0 AND NOT a.attisdropped
UNION ALL
SELECT format('constraint %I of %s', c.conname, r.name),
       concat_ws(E'\n', pg_get_constraintdef(c.oid, true), CASE WHEN NOT c.convalidated THEN 'not validated' END)
FROM pg_constraint c
JOIN relation r ON r.oid = c.conrelid
UNION ALL
SELECT format('constraint %I of %s', c.conname, t.name), pg_get_constraintdef(c.oid, true)
FROM pg_constraint c
JOIN type t ON t.oid = c.contypid
UNION ALL
SELECT format('index %s', r.name),
       concat_ws(E'\n', pg_get_indexdef(r.oid, 0, true), CASE WHEN NOT i.indisvalid THEN 'not valid' END, CASE WHEN i.indisclustered THEN 'clustered' END)
FROM relation r
JOIN pg_index i ON i.indexrelid = r.oid
UNION ALL
SELECT format('trigger %I on %s', t.tgname, r.name), concat_ws(E'\n', pg_get_triggerdef(t.oid, true), format('enabled %s', t.tgenabled))
FROM pg_trigger t
JOIN relation r ON r.oid = t.tgrelid
WHERE NOT t.tgisinternal
UNION ALL
-- The triggers behind foreign keys: switched off they leave a key that checks nothing.
SELECT DISTINCT format('foreign key triggers of %s', r.name), 'switched off'
FROM pg_trigger t
JOIN relation r ON r.oid = t.tgrelid
WHERE t.tgisinternal AND t.tgenabled = 'D'
UNION ALL
SELECT format('rule %I on %s', w.rulename, r.name), concat_ws(E'\n', pg_get_ruledef(w.oid, true), format('enabled %s', w.ev_enabled))
FROM pg_rewrite w
JOIN relation r ON r.oid = w.ev_class
WHERE w.rulename <> '_RETURN'
UNION ALL
SELECT format('policy %I on %s', p.polname, r.name), concat_ws(E'\n', p.polcmd::text, pg_get_expr(p.polqual, p.polrelid, true), pg_get_expr(p.polwithcheck, p.polrelid, true))
FROM pg_policy p
JOIN relation r ON r.oid = p.polrelid
UNION ALL
SELECT format('function %s', f.name), concat_ws(E'\n', format('owner %s', pg_get_userbyid(f.proowner)), pg_get_functiondef(f.oid))
FROM routine f
WHERE f.prokind IN ('f', 'p')
UNION ALL
SELECT format('type %s', t.name),
       concat_ws(E'\n',
           format('owner %s', pg_get_userbyid(t.typowner)),
           CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END,
           CASE WHEN t.typnotnull THEN 'not null' END,
           t.typdefault,
           (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid))
FROM type t
UNION ALL
SELECT format('statistics %I.%I', o.nspname, s.stxname), pg_get_statisticsobjdef(s.oid)
FROM pg_statistic_ext s
JOIN ours o ON o.oid = s.stxnamespace
UNION ALL
-- What could take the promise away from one database only.
SELECT format('setting %s of %s here', split_part(s.setting, '=', 1), coalesce(r.rolname, 'everybody')), split_part(s.setting, '=', 2)
FROM pg_db_role_setting d
CROSS JOIN unnest(d.setconfig) s (setting)
LEFT JOIN pg_roles r ON r.oid = d.setrole
WHERE d.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
  AND (r.rolname IS NULL OR r.rolname LIKE 'store\_%')
  AND split_part(s.setting, '=', 1) IN ('default_transaction_isolation', 'default_transaction_read_only', 'synchronous_commit', 'session_replication_role',
                                        'search_path', 'row_security', 'statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout', 'jit', 'role')
UNION ALL
SELECT format('right of %s to %s in this database', r.rolname, p.privilege), has_database_privilege(r.oid, current_database(), p.privilege)::text
FROM pg_roles r
CROSS JOIN unnest(ARRAY['create', 'temporary']) p (privilege)
WHERE r.rolname IN ('store_owner', 'store_web', 'store_admin', 'store_worker')
