using System.Data;
using System.Diagnostics;
using Dapper;
using Npgsql;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>
/// Imports of prices. All of it runs in READ COMMITTED: keeping a file, confirming and cancelling it change no price, and the
/// import locks what it goes by.
/// </summary>
public sealed partial class Store
{
    /// <summary>Rows in one round trip. Progress is told, and a cancel heard, in between.</summary>
    private const int PriceImportBatchSize = 250;

    /// <summary>Keeps a file that was found to be in order until somebody confirms it.</summary>
    public Task<PriceImportStagingReply> StagePriceImportAsync(PriceImportRequest request)
    {
        // By product, then moment: the order in which the import will lock the products.
        var rows = request.Rows.OrderBy(row => row.ProductId).ThenBy(row => row.ValidFrom ?? DateTimeOffset.MinValue).ToArray();
        return CallAsync(
            dataSources.AdminPages,
            """
            SELECT replace(outcome, '_', '') AS outcome
            FROM store.stage_price_import(@PriceImportId, @FileName, @Actor, @RowNumbers, @ProductIds, @Prices,
                                          @ValidFroms::timestamptz[], @PriceBefores)
            """,
            new
            {
                request.PriceImportId,
                request.FileName,
                request.Actor,
                RowNumbers = rows.Select(row => row.RowNumber).ToArray(),
                ProductIds = rows.Select(row => row.ProductId).ToArray(),
                Prices = rows.Select(row => row.Price).ToArray(),
                ValidFroms = rows.Select(row => row.ValidFrom?.UtcDateTime).ToArray(),
                PriceBefores = rows.Select(row => row.PriceBefore).ToArray(),
            },
            rolledBack: new PriceImportStagingReply { Outcome = PriceImportStagingOutcome.Busy },
            inDoubt: new PriceImportStagingReply { Outcome = PriceImportStagingOutcome.InDoubt });
    }

    /// <summary>Hands a kept file to the workers. Confirming it twice imports it once.</summary>
    public Task<PriceImportConfirmationReply> ConfirmPriceImportAsync(Guid priceImportId, string actor) =>
        CallAsync(
            dataSources.AdminPages,
            "SELECT replace(outcome, '_', '') AS outcome FROM store.confirm_price_import(@priceImportId, @actor)",
            new { priceImportId, actor },
            rolledBack: new PriceImportConfirmationReply { Outcome = PriceImportConfirmationOutcome.Busy },
            inDoubt: new PriceImportConfirmationReply { Outcome = PriceImportConfirmationOutcome.InDoubt });

    /// <summary>Cancels an import that is not done; one that runs stops after its batch and keeps nothing.</summary>
    public Task<PriceImportCancellationReply> CancelPriceImportAsync(Guid priceImportId, string actor) =>
        CallAsync(
            dataSources.AdminPages,
            "SELECT replace(outcome, '_', '') AS outcome FROM store.cancel_price_import(@priceImportId, @actor)",
            new { priceImportId, actor },
            rolledBack: new PriceImportCancellationReply { Outcome = PriceImportCancellationOutcome.Busy },
            inDoubt: new PriceImportCancellationReply { Outcome = PriceImportCancellationOutcome.InDoubt });

    /// <summary>Says for good that a confirmed import was not made: why not, or (null) that it was cancelled.</summary>
    public Task<PriceImportEndReply> EndPriceImportAsync(Guid priceImportId, string? failure, long? rowNumber) =>
        CallAsync(
            dataSources.WorkerJobs,
            "SELECT replace(outcome, '_', '') AS outcome FROM store.end_price_import(@priceImportId, @failure, @rowNumber)",
            new { priceImportId, failure, rowNumber },
            rolledBack: new PriceImportEndReply { Outcome = PriceImportEndOutcome.Busy },
            inDoubt: new PriceImportEndReply { Outcome = PriceImportEndOutcome.InDoubt });

    /// <summary>
    /// One try at a confirmed import: all of it in one transaction, or nothing. Whoever may try again does so
    /// by calling once more: an import that is done answers <see cref="PriceImportEnd.NothingToDo"/>.
    /// </summary>
    /// <param name="priceImportId">Which import.</param>
    /// <param name="leadTime">How long it may take: its prices "from now on" begin then.</param>
    /// <param name="cancellationToken">Stops between two batches, never during COMMIT (facts 15).</param>
    /// <exception cref="NpgsqlException">It failed; <see cref="RetryPolicy"/> tells whether to try again.</exception>
    public async Task<PriceImportTry> TryImportPricesAsync(Guid priceImportId, TimeSpan leadTime, CancellationToken cancellationToken)
    {
        using var call = metrics.BeginCall("store.import_prices(");
        var result = await ImportPricesAsync(priceImportId, leadTime, cancellationToken);
        call.End(OutcomeNames.Of(result.End));
        return result;
    }

    private async Task<PriceImportTry> ImportPricesAsync(Guid priceImportId, TimeSpan leadTime, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.WorkerMoney.OpenConnectionAsync(cancellationToken);
        // Disposed without COMMIT it is rolled back. Not the role's isolation: begin_price_import says why.
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
        var beginning = await connection.QuerySingleAsync<PriceImportBeginningReply>(
            "SELECT replace(outcome, '_', '') AS outcome FROM store.begin_price_import(@priceImportId, @leadTime)",
            new { priceImportId, leadTime }, transaction);
        if (beginning.Outcome != PriceImportBeginning.Begun)
            return new PriceImportTry(PriceImportEnd.NothingToDo);

        for (var doneCount = 0L; ;)
        {
            if (await NotePriceImportProgressAsync(priceImportId, doneCount))
                return new PriceImportTry(PriceImportEnd.CancelRequested);
            cancellationToken.ThrowIfCancellationRequested();

            var step = await connection.QuerySingleAsync<PriceImportStepReply>(
                """
                SELECT replace(outcome, '_', '') AS outcome, done_count, row_number
                FROM store.import_prices(@priceImportId, @batchSize)
                """,
                new { priceImportId, batchSize = (long)PriceImportBatchSize }, transaction);
            switch (step.Outcome)
            {
                case PriceImportStep.Imported:
                    doneCount = step.DoneCount;
                    break;
                case PriceImportStep.Done:
                    await transaction.CommitAsync(CancellationToken.None);
                    PricesWereSet();
                    return new PriceImportTry(PriceImportEnd.Done);
                case PriceImportStep.TooSlow:
                    return new PriceImportTry(PriceImportEnd.TryAgain);
                case PriceImportStep.ChangedMeanwhile:
                    return new PriceImportTry(PriceImportEnd.Failed, "changed_meanwhile", step.RowNumber);
                case PriceImportStep.ValidFromInPast:
                    return new PriceImportTry(PriceImportEnd.Failed, "valid_from_in_past", step.RowNumber);
                default:
                    throw new UnreachableException($"A batch of prices cannot end as {step.Outcome}.");
            }
        }
    }

    /// <summary>One try more at this import came to nothing, and none of its rows is done any more.</summary>
    public async Task NotePriceImportTryAsync(Guid priceImportId)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        await connection.ExecuteAsync(
            """
            UPDATE store.price_import_progress
            SET attempt_count = attempt_count + 1,
                done_count = 0
            WHERE price_import_id = @priceImportId
            """,
            new { priceImportId });
    }

    /// <summary>Shows to everybody how far an import is; true when somebody wants it cancelled.</summary>
    private async Task<bool> NotePriceImportProgressAsync(Guid priceImportId, long doneCount)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        return await connection.QuerySingleAsync<bool>(
            """
            UPDATE store.price_import_progress
            SET done_count = @doneCount,
                heartbeat_at = clock_timestamp()
            WHERE price_import_id = @priceImportId
            RETURNING cancel_requested_by IS NOT NULL
            """,
            new { priceImportId, doneCount });
    }
}
