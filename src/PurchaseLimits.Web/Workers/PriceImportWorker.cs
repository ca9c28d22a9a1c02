using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>
/// Runs confirmed imports of prices, oldest first, one at a time. Any number of processes may have one: an import belongs to
/// whoever holds the lock on its row, and one whose process died is found here again, with nothing of it kept.
/// </summary>
public sealed class PriceImportWorker(
    Store store, StoreDataSources dataSources, IOptions<WorkerOptions> options, ILogger<PriceImportWorker> logger)
    : BackgroundService
{
    private const int MaxTries = 10;

    // About 0.4 ms a row were measured on two cores; prices "from now on" begin when this is over, so it is twice that.
    private static readonly TimeSpan s_leadTime = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_leadTimePerRow = TimeSpan.FromMilliseconds(0.8);

    public sealed record WaitingImport(Guid PriceImportId, long RowCount, long AttemptCount, bool CancelRequested);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        WorkRounds.RunAsync(options.Value.PollInterval, "Imports of prices", logger, LookAsync, stoppingToken);

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        var found = await ReadWaitingAsync(stoppingToken);
        if (found.Count == 0)
            return;
        using var round = StoreTraces.StartRound("import prices", found.Count);
        foreach (var waiting in found)
            await RunAsync(waiting, stoppingToken);
    }

    private async Task<IReadOnlyList<WaitingImport>> ReadWaitingAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync(stoppingToken);
        return (await connection.QueryAsync<WaitingImport>(
            """
            SELECT i.price_import_id, i.row_count, p.attempt_count, p.cancel_requested_by IS NOT NULL AS cancel_requested
            FROM store.price_import i
            JOIN store.price_import_progress p USING (price_import_id)
            WHERE i.status = 'confirmed'
              -- One that is being run says so after every batch; its lock would send this worker away anyway.
              AND coalesce(p.heartbeat_at < clock_timestamp() - interval '1 second', true)
            ORDER BY i.confirmed_at
            LIMIT 10
            """)).AsList();
    }

    private async Task RunAsync(WaitingImport waiting, CancellationToken stoppingToken)
    {
        if (waiting.CancelRequested)
        {
            await store.EndPriceImportAsync(waiting.PriceImportId, failure: null, rowNumber: null);
            return;
        }

        var tries = waiting.AttemptCount;
        var leadTime = (s_leadTime + (s_leadTimePerRow * waiting.RowCount)) * Math.Pow(2, Math.Min(tries, 3));
        PriceImportTry result;
        try
        {
            result = await store.TryImportPricesAsync(waiting.PriceImportId, leadTime, stoppingToken);
        }
        catch (NpgsqlException exception) when (!stoppingToken.IsCancellationRequested)
        {
            // In doubt or rolled back: the next round finds it done, or runs it again.
            var isFinal = RetryPolicy.Classify(exception, sent: true) == Failure.Answer;
            logger.Log(isFinal ? LogLevel.Critical : LogLevel.Warning, exception, "Import {PriceImportId} failed", waiting.PriceImportId);
            result = new PriceImportTry(isFinal ? PriceImportEnd.Failed : PriceImportEnd.TryAgain, "error");
        }

        switch (result.End)
        {
            case PriceImportEnd.Done:
                logger.LogInformation("Import {PriceImportId} set the prices of {RowCount} rows", waiting.PriceImportId, waiting.RowCount);
                break;
            case PriceImportEnd.NothingToDo:
                break;
            case PriceImportEnd.CancelRequested:
                await store.EndPriceImportAsync(waiting.PriceImportId, failure: null, rowNumber: null);
                break;
            case PriceImportEnd.TryAgain when tries + 1 < MaxTries:
                await store.NotePriceImportTryAsync(waiting.PriceImportId);
                break;
            case PriceImportEnd.TryAgain:
                await store.EndPriceImportAsync(waiting.PriceImportId, "gave_up", rowNumber: null);
                break;
            case PriceImportEnd.Failed:
                await store.EndPriceImportAsync(waiting.PriceImportId, result.Failure, result.RowNumber);
                break;
            default:
                throw new UnreachableException($"A try at an import cannot end as {result.End}.");
        }
    }
}
