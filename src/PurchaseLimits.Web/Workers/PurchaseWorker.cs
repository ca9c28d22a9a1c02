using System.Collections.Concurrent;
using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;

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

    // A customer whose turn failed for good is left alone for a while, so that the others are not kept waiting by it.
    private static readonly TimeSpan s_pauseAfterFailure = TimeSpan.FromSeconds(30);
    private readonly ConcurrentDictionary<long, long> _failedAt = new();

    /// <param name="CustomerId">Whose turn it is.</param>
    /// <param name="PurchaseId">Which purchase's price came; null: this customer's requests and what is due.</param>
    private sealed record Job(long CustomerId, Guid? PurchaseId);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (await LookAsync(stoppingToken) == 0)
                    await signals.Purchases.WaitAsync(options.Value.PollInterval, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException exception)
            {
                logger.LogWarning(exception, "Nobody can tell what purchases wait; looking again in {Wait}", options.Value.PollInterval);
                await signals.Purchases.WaitAsync(options.Value.PollInterval, CancellationToken.None);
            }
        }
    }

    /// <summary>Decides what is found at one look.</summary>
    /// <returns>How many jobs were done: more may wait unless it was none.</returns>
    private async Task<int> LookAsync(CancellationToken stop)
    {
        var jobs = (await FindAsync(stop)).Where(job => !IsPaused(job.CustomerId)).ToList();
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

    private async Task<IEnumerable<Job>> FindAsync(CancellationToken stop)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync(stop);
        return await connection.QueryAsync<Job>(new CommandDefinition(
            """
            (SELECT r.customer_id, NULL::uuid AS purchase_id
             FROM store.purchase_request r
             GROUP BY r.customer_id
             ORDER BY min(r.purchase_number)
             LIMIT @MaxFound)
            UNION
            (SELECT p.customer_id, NULL
             FROM store.purchase p
             WHERE p.expires_at <= clock_timestamp()
             ORDER BY p.expires_at
             LIMIT @MaxFound)
            UNION
            (SELECT p.customer_id, p.purchase_id
             FROM store.purchase p
             WHERE p.expires_at > clock_timestamp()
               AND p.status = 'processing'
               -- Nothing is missing any more, or something never will be there.
               AND (SELECT bool_and(m.price IS NOT NULL) OR bool_or(m.withdrawn_at IS NOT NULL)
                    FROM store.missing_line m
                    WHERE m.customer_id = p.customer_id
                      AND m.purchase_id = p.purchase_id)
             ORDER BY p.expires_at
             LIMIT @MaxFound)
            """,
            new { MaxFound },
            cancellationToken: stop));
    }

    /// <summary>False where nothing was decided, so that nobody looks again at once for the same.</summary>
    private async Task<bool> DecideAsync(Job job)
    {
        try
        {
            return job.PurchaseId is { } purchaseId
                ? await store.ResumePurchaseAsync(job.CustomerId, purchaseId) is ResumeOutcome.Confirmed or ResumeOutcome.Refused
                : await store.DecidePurchaseRequestsAsync(job.CustomerId, MaxRequestsTogether) > 0;
        }
        catch (NpgsqlException exception)
        {
            _failedAt[job.CustomerId] = Stopwatch.GetTimestamp();
            logger.LogError(exception, "Customer {CustomerId} waits for a decision that failed; next try in {Pause}", job.CustomerId, s_pauseAfterFailure);
            return false;
        }
    }

    private bool IsPaused(long customerId)
    {
        if (!_failedAt.TryGetValue(customerId, out var failedAt))
            return false;
        if (Stopwatch.GetElapsedTime(failedAt) < s_pauseAfterFailure)
            return true;
        _failedAt.TryRemove(customerId, out _);
        return false;
    }
}
