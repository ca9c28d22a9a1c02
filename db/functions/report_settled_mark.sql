-- The latest moment before which this transaction sees every event there will ever be; null: none yet. Transactions with an id
-- that were open when the mark was set hold it up until they end, but for those of other databases on the server.
CREATE OR REPLACE FUNCTION report.settled_mark() RETURNS timestamptz
LANGUAGE sql
STABLE
SECURITY DEFINER
SET search_path = report, pg_catalog, pg_temp
AS $body$
    SELECT max(m.moment)
    FROM report.mark m
    WHERE NOT EXISTS (
        SELECT
        FROM pg_snapshot_xip(pg_current_snapshot()) AS o (open_xid)
        WHERE o.open_xid < m.mark_xid
          -- One that ended since this transaction's snapshot has no lock any more: it counts, for what it did is not seen here.
          AND NOT EXISTS (
              SELECT
              FROM pg_locks l
              JOIN pg_stat_activity a USING (pid)
              WHERE l.locktype = 'transactionid'
                AND l.transactionid = o.open_xid::xid
                AND l.mode = 'ExclusiveLock'
                AND a.datid <> (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
          )
    )
$body$;
