using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>
/// Brings confirmed imports of limits into force: tells their customers, gives the import its moment, and from then on has each
/// customer settled so that the ledger says so. Every step may be done twice, by any number of processes; one whose process died
/// is gone on with here where it stood.
/// </summary>
public sealed class LimitImportWorker(
    Store store, StoreDataSources dataSources, IOptions<WorkerOptions> options, ILogger<LimitImportWorker> logger)
    : BackgroundService
{
    /// <summary>Customers told in one transaction: their rows are locked for some milliseconds.</summary>
    private const int MaxAnnouncedTogether = 250;

    private const int MaxSettledTogether = 200;
    private const int MaxParallel = 4;

    private sealed record WaitingImport(Guid LimitImportId, string Status);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        WorkRounds.RunAsync(options.Value.PollInterval, "Imports of limits", logger, LookAsync, stoppingToken);

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        var found = await ReadWaitingAsync(stoppingToken);
        if (found.Count == 0)
            return;
        using var round = StoreTraces.StartRound("import limits", found.Count);
        foreach (var waiting in found)
            await RunAsync(waiting, stoppingToken);
    }

    private async Task<IReadOnlyList<WaitingImport>> ReadWaitingAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync(stoppingToken);
        return (await connection.QueryAsync<WaitingImport>(
            """
            SELECT i.limit_import_id, i.status
            FROM store.limit_import i
            JOIN store.limit_import_progress p USING (limit_import_id)
            WHERE (i.status = 'confirmed' OR i.settle_from <= clock_timestamp())
              -- One that is being worked at says so after every batch; two at it would only do the same twice.
              AND coalesce(p.heartbeat_at < clock_timestamp() - interval '3 seconds', true)
            ORDER BY p.heartbeat_at NULLS FIRST, i.confirmed_at
            LIMIT 10
            """)).AsList();
    }

    private async Task RunAsync(WaitingImport waiting, CancellationToken stoppingToken)
    {
        if (waiting.Status != "confirmed")
            await SettleAsync(waiting.LimitImportId, stoppingToken);
        else if (await AnnounceAsync(waiting.LimitImportId, stoppingToken))
            await SwitchAsync(waiting.LimitImportId);
    }

    /// <summary>True when every customer knows of it.</summary>
    private async Task<bool> AnnounceAsync(Guid limitImportId, CancellationToken stoppingToken)
    {
        for (var together = MaxAnnouncedTogether; ;)
        {
            stoppingToken.ThrowIfCancellationRequested();
            var reply = await store.AnnounceLimitImportAsync(limitImportId, together);
            switch (reply.Outcome)
            {
                case LimitImportAnnouncement.Announcing:
                    together = MaxAnnouncedTogether;
                    break;
                case LimitImportAnnouncement.Held:
                    // Somebody buys at this moment: wait for that one alone, so that nobody waits for it but this.
                    together = 1;
                    break;
                case LimitImportAnnouncement.Announced:
                    return true;
                case LimitImportAnnouncement.NotConfirmed or LimitImportAnnouncement.Busy or LimitImportAnnouncement.InDoubt:
                    return false;
                default:
                    throw new UnreachableException($"An announcement cannot end as {reply.Outcome}.");
            }
        }
    }

    private async Task SwitchAsync(Guid limitImportId)
    {
        var reply = await store.SwitchLimitImportAsync(limitImportId);
        if (reply.Outcome == LimitImportSwitch.InForce)
            logger.LogInformation("Import {LimitImportId} of limits has its moment", limitImportId);
        else
            logger.LogWarning("Import {LimitImportId} of limits is not in force: {Outcome}, row {RowNumber}", limitImportId, reply.Outcome, reply.RowNumber);
    }

    /// <summary>Has every customer settled whose ledger waits for the import, or for having been told of one that was given up.</summary>
    private async Task SettleAsync(Guid limitImportId, CancellationToken stoppingToken)
    {
        for (var last = 0L; ;)
        {
            var customers = await ReadUnsettledAsync(limitImportId, last);
            if (customers.Count == 0)
                break;
            // No token: what began may be committing.
            var settled = 0;
            await Parallel.ForEachAsync(customers, new ParallelOptions { MaxDegreeOfParallelism = MaxParallel }, async (customerId, _) =>
            {
                if (!stoppingToken.IsCancellationRequested && await SettleAsync(limitImportId, customerId))
                    Interlocked.Increment(ref settled);
            });
            stoppingToken.ThrowIfCancellationRequested();
            await NoteAsync(limitImportId, settled);
            last = customers[^1];
        }

        // Whoever could not be had is found again at the next look.
        var finish = (await store.FinishLimitImportAsync(limitImportId)).Outcome;
        if (finish == LimitImportFinish.Finished)
            logger.LogInformation("Import {LimitImportId} of limits is in all ledgers", limitImportId);
        else if (finish == LimitImportFinish.Unsettled)
            await NoteAsync(limitImportId, 0); // one that waits for a frozen customer goes behind the others
    }

    /// <summary>Also where nothing of the import counts for this customer any more: it is forgotten then.</summary>
    private async Task<bool> SettleAsync(Guid limitImportId, long customerId)
    {
        try
        {
            return await store.DecidePurchaseRequestsAsync(customerId, 0) is not null;
        }
        catch (CustomerFrozenException)
        {
            // It is written once the customer is released; the import is not finished before.
            return false;
        }
        catch (NpgsqlException exception)
        {
            // The others need not wait for it.
            logger.LogError(exception, "Import {LimitImportId} could not be written for customer {CustomerId}", limitImportId, customerId);
            return false;
        }
    }

    private async Task<IReadOnlyList<long>> ReadUnsettledAsync(Guid limitImportId, long last)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        return (await connection.QueryAsync<long>(
            """
            SELECT DISTINCT u.customer_id
            FROM store.unsettled_limit_import u
            JOIN store.limit_import i USING (limit_import_id)
            WHERE u.limit_import_id = @limitImportId
              AND i.settle_from <= clock_timestamp()
              AND u.customer_id > @last
              AND u.due_at <= clock_timestamp()
              AND NOT EXISTS (SELECT FROM store.customer_freeze f WHERE f.customer_id = u.customer_id AND f.released_at IS NULL)
            ORDER BY u.customer_id
            LIMIT @MaxSettledTogether
            """,
            new { limitImportId, last, MaxSettledTogether })).AsList();
    }

    private async Task NoteAsync(Guid limitImportId, int settled)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            UPDATE store.limit_import_progress
            SET settled_count = settled_count + @settled,
                heartbeat_at = clock_timestamp()
            WHERE limit_import_id = @limitImportId
            """,
            new { limitImportId, settled });
    }
}
