namespace PurchaseLimits.Tests.Support;

/// <summary>
/// What a database's own catalogues say of our schemas, a line for each thing: for comparing two states or two databases of one
/// server of any version. pg_dump's text is compared where it must be the committed one, byte by byte.
/// </summary>
public static class SchemaCatalog
{
    // Pretty-printed: otherwise what was read from a dump has fewer parentheses than what a migration wrote.
    /// <summary>Rows of text, in order.</summary>
    public const string Lines =
        """
        WITH ours AS (SELECT oid, nspname, nspowner, nspacl FROM pg_namespace WHERE nspname IN ('store', 'account', 'migration', 'report')),
        relations AS (SELECT c.* FROM pg_class c JOIN ours ON ours.oid = c.relnamespace WHERE c.relkind IN ('r', 'v', 'm', 'S', 'p')),
        procedures AS (SELECT p.* FROM pg_proc p JOIN ours ON ours.oid = p.pronamespace),
        rights AS (
            SELECT 'schema ' || nspname AS what, coalesce(nspacl, acldefault('n', nspowner)) AS acl FROM ours
            UNION ALL
            SELECT 'relation ' || oid::regclass, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner)) FROM relations
            UNION ALL
            SELECT format('column %s.%I', a.attrelid::regclass, a.attname), a.attacl FROM pg_attribute a JOIN relations r ON r.oid = a.attrelid WHERE a.attacl IS NOT NULL
            UNION ALL
            SELECT 'function ' || oid::regprocedure, coalesce(proacl, acldefault('f', proowner)) FROM procedures
            UNION ALL
            SELECT 'type ' || t.oid::regtype, coalesce(t.typacl, acldefault('T', t.typowner)) FROM pg_type t JOIN ours ON ours.oid = t.typnamespace WHERE t.typtype = 'd'
        )
        SELECT line
        FROM (
            SELECT format('schema %I of %s', nspname, nspowner::regrole) FROM ours
            UNION ALL
            SELECT format('relation %s (%s) of %s, %s %s row security %s %s, identity %s', oid::regclass, relkind, relowner::regrole, relpersistence,
                          reloptions, relrowsecurity, relforcerowsecurity, relreplident)
            FROM relations
            UNION ALL
            SELECT format('column %s.%I %s %s, not null %s, default %s, %s%s, statistics %s', a.attrelid::regclass, a.attname,
                          format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, a.attnotnull, pg_get_expr(d.adbin, d.adrelid, true),
                          a.attidentity, a.attgenerated, nullif(a.attstattarget, -1))
            FROM pg_attribute a
            JOIN relations r ON r.oid = a.attrelid
            LEFT JOIN pg_attrdef d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
            WHERE a.attnum > 0
              AND NOT a.attisdropped
            UNION ALL
            -- Since PostgreSQL 18 NOT NULL is here as well; the columns say it.
            SELECT format('constraint %s %I: %s, validated %s', CASE c.contypid WHEN 0 THEN c.conrelid::regclass::text ELSE c.contypid::regtype::text END,
                          c.conname, pg_get_constraintdef(c.oid, true), c.convalidated)
            FROM pg_constraint c
            JOIN ours ON ours.oid = c.connamespace
            WHERE c.contype <> 'n'
            UNION ALL
            SELECT format('index %s, valid %s, clustered %s, identity %s', pg_get_indexdef(i.indexrelid, 0, true), i.indisvalid, i.indisclustered, i.indisreplident)
            FROM pg_index i
            JOIN pg_class c ON c.oid = i.indrelid
            JOIN ours ON ours.oid = c.relnamespace
            UNION ALL
            SELECT format('trigger %s, enabled %s', CASE WHEN t.tgisinternal THEN format('of %s on %s, %s', f.conname, t.tgrelid::regclass, t.tgfoid::regproc)
                                                         ELSE pg_get_triggerdef(t.oid, true) END, t.tgenabled)
            FROM pg_trigger t
            JOIN relations r ON r.oid = t.tgrelid
            LEFT JOIN pg_constraint f ON f.oid = t.tgconstraint
            UNION ALL
            SELECT format('view %s: %s, populated %s', oid::regclass, pg_get_viewdef(oid, true), relispopulated OR relkind = 'm') FROM relations WHERE relkind IN ('v', 'm')
            UNION ALL
            SELECT format('function of %s: %s', proowner::regrole, pg_get_functiondef(oid)) FROM procedures WHERE prokind IN ('f', 'p')
            UNION ALL
            SELECT format('domain %s of %s: %s, not null %s, default %s', t.oid::regtype, t.typowner::regrole, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault)
            FROM pg_type t
            JOIN ours ON ours.oid = t.typnamespace
            WHERE t.typtype = 'd'
            UNION ALL
            SELECT format('sequence %s %s from %s by %s, %s to %s, cache %s, cycle %s', s.seqrelid::regclass, s.seqtypid::regtype, s.seqstart, s.seqincrement,
                          s.seqmin, s.seqmax, s.seqcache, s.seqcycle)
            FROM pg_sequence s
            JOIN relations r ON r.oid = s.seqrelid
            UNION ALL
            SELECT format('policy %s on %s.%s: %s %s %s %s', policyname, schemaname, tablename, cmd, roles, qual, with_check)
            FROM pg_policies
            WHERE schemaname IN (SELECT nspname FROM ours)
            UNION ALL
            SELECT format('right %s: %s to %s, may grant %s', r.what, x.privilege_type, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE x.grantee::regrole::text END, x.is_grantable)
            FROM rights r, aclexplode(r.acl) x
            UNION ALL
            SELECT format('comment on %s: %s', pg_describe_object(d.classoid, d.objoid, d.objsubid), d.description)
            FROM pg_description d
            WHERE d.objoid IN (SELECT oid FROM relations UNION ALL SELECT oid FROM procedures UNION ALL SELECT oid FROM ours)
        ) said (line)
        ORDER BY line COLLATE "C"
        """;
}
