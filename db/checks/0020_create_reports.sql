-- Every report is a materialized view that can be refreshed beside its readers.
SELECT format('%s has no unique index', r.report_name)
FROM report.report r
WHERE NOT EXISTS (
    SELECT
    FROM pg_index i
    JOIN pg_class c ON c.oid = i.indrelid
    WHERE c.oid = to_regclass('report.' || r.report_name)
      AND c.relkind = 'm'
      AND i.indisunique
      AND i.indisvalid
)
