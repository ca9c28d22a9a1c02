using System.Data;
using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>
/// Proves the rules from time to time, and when an admin wants it: asks each view <c>store.integrity_i…</c> what breaks its rule,
/// and writes down the answer. Customers whose row and ledger differ are frozen. Any number of processes may run it; one at a
/// time proves, by a lock that ends with its session.
/// </summary>
public sealed class ProofWorker(
    Store store, StoreDataSources dataSources, IOptions<WorkerOptions> workers, IOptions<IntegrityOptions> options, ILogger<ProofWorker> logger)
    : BackgroundService
{
    /// <summary>The key of the advisory lock: nothing else in this database uses it. The Integrity page looks whether somebody has it.</summary>
    public const long LockKey = 0x70726F7665; // "prove"

    private const int MaxSample = 20;
    private const int MaxSampleLength = 500;

    /// <summary>Customers frozen after one proof; the next proof finds the others.</summary>
    private const int MaxFrozen = 1000;

    private sealed record Finding
    {
        public long ViolationCount { get; init; }
        public string[] Sample { get; init; } = [];
        public long[] Customers { get; init; } = [];
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        WorkRounds.RunAsync(workers.Value.PollInterval, "Proofs of the rules", logger, LookAsync, stoppingToken);

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        if (!await IsDueAsync(stoppingToken))
            return;

        await using var connection = await dataSources.Proofs.OpenConnectionAsync(stoppingToken);
        if (!await connection.QuerySingleAsync<bool>("SELECT pg_try_advisory_lock(@LockKey)", new { LockKey }))
            return;
        try
        {
            if ((await store.BeginProofAsync()).Outcome == ProofBeginning.Begun)
                await ProveAllAsync(connection, stoppingToken);
        }
        finally
        {
            // A session that broke has lost the lock already, and a pooled one keeps it until it is told.
            if (connection.FullState == ConnectionState.Open)
                await connection.ExecuteAsync("SELECT pg_advisory_unlock(@LockKey)", new { LockKey });
        }
    }

    private async Task<bool> IsDueAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync(stoppingToken);
        return await connection.QuerySingleAsync<bool>(
            """
            SELECT EXISTS (
                SELECT
                FROM store.integrity_schedule s
                WHERE s.requested_at IS NOT NULL
                   OR s.next_due_at <= clock_timestamp()
                   OR s.round_started_at IS NOT NULL AND s.round_finished_at IS NULL
            )
            """);
    }

    private async Task ProveAllAsync(NpgsqlConnection connection, CancellationToken stoppingToken)
    {
        using var round = StoreTraces.StartRound("prove rules");
        try
        {
            await connection.ExecuteAsync("SELECT store.analyze_stale_tables()");
            var views = await connection.QueryAsync<string>(
                """
                SELECT v.viewname
                FROM pg_views v
                WHERE v.schemaname = 'store'
                  AND v.viewname ~ '^integrity_i[0-9]{2}_'
                ORDER BY v.viewname
                """);
            foreach (var view in views)
                await ProveAsync(connection, $"I{int.Parse(view.AsSpan(11, 2), System.Globalization.CultureInfo.InvariantCulture)}", view, stoppingToken);
        }
        finally
        {
            // Also where something failed: the next round comes when it is due, not at once and again. A process that has to stop
            // leaves it to another, as one that died does.
            if (!stoppingToken.IsCancellationRequested)
                await store.FinishProofAsync(options.Value.ProveEvery);
        }
    }

    private async Task ProveAsync(NpgsqlConnection connection, string rule, string view, CancellationToken stoppingToken)
    {
        var started = Stopwatch.GetTimestamp();
        Finding found;
        string? error = null;
        try
        {
            found = await FindAsync(connection, view, stoppingToken);
        }
        catch (PostgresException exception) when (!stoppingToken.IsCancellationRequested)
        {
            logger.LogError(exception, "Rule {Rule} could not be proved", rule);
            found = new Finding();
            error = $"{exception.SqlState}: {exception.MessageText}";
            error = error[..Math.Min(error.Length, MaxSampleLength)];
        }

        if (found.ViolationCount > 0)
            logger.LogCritical("Rule {Rule} is broken {Count} times, for customers {Customers}", rule, found.ViolationCount, found.Customers.Take(MaxSample));
        await store.RecordProofAsync(new RuleProof(rule, Stopwatch.GetElapsedTime(started), found.ViolationCount, found.Sample, error));
        if (!IntegrityRule.Freezes(rule))
            return;
        // Each looks again, and once more than needed does no harm.
        foreach (var customerId in found.Customers)
            await store.FreezeCustomerAsync(customerId);
    }

    /// <summary>One statement, one snapshot; it takes no part in the conflicts of purchases (facts 28).</summary>
    private static async Task<Finding> FindAsync(NpgsqlConnection connection, string view, CancellationToken stoppingToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, stoppingToken);
        var found = await connection.QuerySingleAsync<Finding>(new CommandDefinition(
            // The name is the catalogue's.
            $"""
            WITH violation AS MATERIALIZED (
                SELECT v.customer_id, v.detail FROM store.{view} v
            )
            SELECT
                (SELECT count(*) FROM violation) AS violation_count,
                ARRAY(
                    SELECT left(concat('customer ' || v.customer_id || ': ', v.detail), @MaxSampleLength)
                    FROM violation v
                    ORDER BY v.customer_id, v.detail
                    LIMIT @MaxSample
                ) AS sample,
                ARRAY(
                    SELECT DISTINCT v.customer_id FROM violation v WHERE v.customer_id IS NOT NULL ORDER BY v.customer_id LIMIT @MaxFrozen
                ) AS customers
            """,
            new { MaxSampleLength, MaxSample, MaxFrozen }, transaction, cancellationToken: stoppingToken));
        await transaction.CommitAsync(CancellationToken.None);
        return found;
    }
}
