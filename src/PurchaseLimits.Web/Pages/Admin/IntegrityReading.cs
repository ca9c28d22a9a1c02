using Dapper;
using PurchaseLimits.Database;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What the Integrity page shows beside the rules: where work waits, and which schema this is.</summary>
public sealed record IntegrityReading
{
    /// <summary>A round of proofs: when it began, whether it runs now, and whether an admin waits for the next.</summary>
    public sealed record Round
    {
        public DateTimeOffset? StartedAt { get; init; }
        public DateTimeOffset? FinishedAt { get; init; }

        /// <summary>Null while it is not known, and before the first.</summary>
        public DateTimeOffset? NextDueAt { get; init; }

        public DateTimeOffset? RequestedAt { get; init; }
        public string? RequestedBy { get; init; }

        /// <summary>A process has the lock that lets one prove at a time.</summary>
        public bool IsRunning { get; init; }

        public bool IsExpected => IsRunning || RequestedAt is not null;
    }

    /// <summary>Something that waits: how much, and since when the one that waits longest.</summary>
    public sealed record Backlog
    {
        public string Name { get; init; } = "";
        public long Count { get; init; }
        public DateTimeOffset? OldestAt { get; init; }
    }

    public required Round Proofs { get; init; }
    public required IReadOnlyList<RuleReading> Rules { get; init; }
    public required IReadOnlyList<FreezeRow> Frozen { get; init; }
    public required long FrozenCount { get; init; }
    public required IReadOnlyList<Backlog> Backlogs { get; init; }
    public required long MigrationCount { get; init; }
    public required string NewestMigration { get; init; }
    public required DateTimeOffset NewestMigrationAt { get; init; }

    /// <summary>How the database's scripts compare with those of this program.</summary>
    public required SchemaStatus Schema { get; init; }

    public static async Task<IntegrityReading> ReadAsync(StoreDataSources dataSources)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        var proofs = await connection.QuerySingleAsync<Round>(
            """
            SELECT s.round_started_at AS started_at, s.round_finished_at AS finished_at, nullif(s.next_due_at, '-infinity') AS next_due_at,
                   s.requested_at, s.requested_by,
                   EXISTS (
                       SELECT
                       FROM pg_locks l
                       WHERE l.locktype = 'advisory'
                         AND l.granted
                         AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())
                         AND (l.classid::bigint << 32 | l.objid::bigint) = @LockKey
                   ) AS is_running
            FROM store.integrity_schedule s
            """,
            new { ProofWorker.LockKey });
        var backlogs = (await connection.QueryAsync<Backlog>(
            """
            SELECT 'Mails due' AS name, count(*), min(o.created_at) AS oldest_at
            FROM store.outbox_message o
            WHERE o.sent_at IS NULL AND o.parked_at IS NULL AND o.next_attempt_at <= statement_timestamp()
            UNION ALL
            SELECT 'Mails parked', count(*), min(o.parked_at)
            FROM store.outbox_message o
            WHERE o.parked_at IS NOT NULL
            UNION ALL
            SELECT 'Purchases processing past their deadline', count(*), min(p.expires_at)
            FROM store.purchase p
            WHERE p.expires_at <= statement_timestamp() AND p.status = 'processing'
            UNION ALL
            SELECT 'Purchases awaiting approval past their deadline', count(*), min(p.expires_at)
            FROM store.purchase p
            WHERE p.expires_at <= statement_timestamp() AND p.status = 'awaiting_approval'
            UNION ALL
            SELECT 'Orders taken and not decided yet', count(*), min(r.requested_at)
            FROM store.purchase_request r
            """)).AsList();
        var (count, newest, newestAt) = await connection.QuerySingleAsync<(long, string, DateTimeOffset)>(
            """
            SELECT count(*) OVER (), s.script_name, s.applied_at
            FROM migration.applied_script s
            WHERE s.script_name LIKE 'migrations/%'
            ORDER BY s.script_name DESC
            LIMIT 1
            """);
        return new IntegrityReading
        {
            Proofs = proofs,
            Rules = await RuleReading.ReadAsync(connection),
            Frozen = await FreezeRow.ReadAsync(connection),
            FrozenCount = await FreezeRow.CountAsync(dataSources.AdminPages),
            Backlogs = backlogs,
            MigrationCount = count,
            NewestMigration = newest["migrations/".Length..],
            NewestMigrationAt = newestAt,
            Schema = await SchemaStatus.ReadAsync(connection),
        };
    }
}
