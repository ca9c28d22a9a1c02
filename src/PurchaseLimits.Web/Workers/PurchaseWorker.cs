using System.Collections.Concurrent;
using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>
/// Decides what waits: requests taken while the store defers confirmation, purchases whose last missing price has come, and
/// deadlines that passed. It finds them without a lock and has each decided by a function that locks the customer and looks
/// again, so any number of workers in any number of processes may find the same.
/// </summary>
public sealed class PurchaseWorker(
    Store store,
    StoreDataSources dataSources,
    WorkSignals signals,
    IOptions<WorkerOptions> options,
    ILogger<PurchaseWorker> logger)
    : BackgroundService
{
    /// <summary>Requests of one customer that are decided in one transaction.</summary>
    private const int MaxRequestsTogether = 50;

    /// <summary>Customers or purchases found at one look.</summary>
    private const int MaxFound = 200;

    private const int MaxParallel = 4;

    // A customer whose turn failed for good, or could not be had now, is left alone for a while, so that the others are not
    // kept waiting by it.
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_pauseWhenBusy = TimeSpan.FromSeconds(2);
    private readonly ConcurrentDictionary<long, long> _pausedUntil = new();

    /// <param name="CustomerId">Whose turn it is.</param>
    /// <param name="PurchaseId">Which purchase's price came; null: this customer's requests and what is due.</param>
    private sealed record Job(long CustomerId, Guid? PurchaseId);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var failures = new FailureTrace();
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var done = await LookAsync(stoppingToken);
                failures.Over();
                if (done == 0)
                    await signals.Purchases.WaitAsync(options.Value.PollInterval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            // Whatever it is, the store goes on without this look, and the next one tells whether it is over.
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                logger.LogError(failures.OrNull(exception), "Nobody can tell what purchases wait; looking again in {Wait}: {Error}", options.Value.PollInterval, exception.Message);
                await signals.Purchases.WaitAsync(options.Value.PollInterval, CancellationToken.None);
            }
        }
    }

    /// <summary>Decides what is found at one look.</summary>
    /// <returns>How many jobs were done: more may wait unless it was none.</returns>
    private async Task<int> LookAsync(CancellationToken stop)
    {
        var jobs = (await FindAsync(stop)).ToList();
        if (jobs.Count == 0)
            return 0;
        using var round = StoreTraces.StartRound("decide purchases", jobs.Count);
        var done = 0;
        // Two workers that look at the same moment find the same: another order each, and they seldom meet.
        Random.Shared.Shuffle(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(jobs));
        // No token: what began may be committing.
        await Parallel.ForEachAsync(jobs, new ParallelOptions { MaxDegreeOfParallelism = MaxParallel }, async (job, _) =>
        {
            if (!stop.IsCancellationRequested && await DecideAsync(job))
                Interlocked.Increment(ref done);
        });
        return done;
    }

    /// <summary>What is to be done, for whom; every process asks every second, so it reads what waits and not everybody.</summary>
    public const string SelectJobs =
        """
        WITH passed_by AS (
            SELECT @paused || ARRAY(SELECT f.customer_id FROM store.customer_freeze f WHERE f.released_at IS NULL) AS customers
        )
        (SELECT r.customer_id, NULL::uuid AS purchase_id
         FROM store.purchase_request r
         WHERE NOT r.customer_id = ANY ((SELECT customers FROM passed_by)::bigint[])
         GROUP BY r.customer_id
         ORDER BY min(r.purchase_number)
         LIMIT @MaxFound)
        UNION
        (SELECT p.customer_id, NULL
         FROM store.purchase p
         WHERE p.expires_at <= statement_timestamp()
           AND NOT p.customer_id = ANY ((SELECT customers FROM passed_by)::bigint[])
         ORDER BY p.expires_at
         LIMIT @MaxFound)
        UNION
        (SELECT a.customer_id, NULL
         FROM store.customer_purchased_amount a
         WHERE a.limit_due_at <= statement_timestamp()
           AND a.limit_due_at < 'infinity' -- as the index says
           AND NOT a.customer_id = ANY ((SELECT customers FROM passed_by)::bigint[])
         ORDER BY a.limit_due_at
         LIMIT @MaxFound)
        UNION
        (SELECT p.customer_id, p.purchase_id
         FROM store.purchase p
         WHERE p.expires_at > statement_timestamp()
           AND p.status = 'processing'
           AND NOT p.customer_id = ANY ((SELECT customers FROM passed_by)::bigint[])
           -- Nothing is missing any more, or something never will be there.
           AND (SELECT bool_and(m.price IS NOT NULL) OR bool_or(m.withdrawn_at IS NOT NULL)
                FROM store.missing_line m
                WHERE m.customer_id = p.customer_id
                  AND m.purchase_id = p.purchase_id)
         ORDER BY p.expires_at
         LIMIT @MaxFound)
        """;

    private async Task<IEnumerable<Job>> FindAsync(CancellationToken stop)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync(stop);
        return await connection.QueryAsync<Job>(new CommandDefinition(SelectJobs, new { MaxFound, paused = Paused() }, cancellationToken: stop));
    }

    /// <summary>False where nothing was decided, so that nobody looks again at once for the same.</summary>
    private async Task<bool> DecideAsync(Job job)
    {
        try
        {
            if (job.PurchaseId is { } purchaseId)
            {
                var outcome = await store.ResumePurchaseAsync(job.CustomerId, purchaseId);
                if (outcome is ResumeOutcome.Busy or ResumeOutcome.InDoubt)
                    Pause(job.CustomerId, s_pauseWhenBusy);
                return outcome is ResumeOutcome.Confirmed or ResumeOutcome.Refused;
            }

            var events = await store.DecidePurchaseRequestsAsync(job.CustomerId, MaxRequestsTogether);
            if (events is null)
                Pause(job.CustomerId, s_pauseWhenBusy);
            return events > 0;
        }
        catch (CustomerFrozenException)
        {
            // Frozen just now, or on the way to it: the next look passes it by. What waits is there once it is released.
            Pause(job.CustomerId, s_pauseWhenBusy);
            return false;
        }
        catch (NpgsqlException exception)
        {
            Pause(job.CustomerId, s_pauseAfterFailure);
            logger.LogError(exception, "Customer {CustomerId} waits for a decision that failed; next try in {Pause}", job.CustomerId, s_pauseAfterFailure);
            return false;
        }
    }

    private void Pause(long customerId, TimeSpan pause) =>
        _pausedUntil[customerId] = Stopwatch.GetTimestamp() + (long)(pause.TotalSeconds * Stopwatch.Frequency);

    private long[] Paused()
    {
        foreach (var (customerId, until) in _pausedUntil)
        {
            if (until <= Stopwatch.GetTimestamp())
                _pausedUntil.TryRemove(customerId, out _);
        }

        return [.. _pausedUntil.Keys];
    }
}
