using System.Data;
using Dapper;
using Npgsql;

namespace PurchaseLimits.Web;

/// <summary>
/// Imports of limits. None of these decides about money by itself: a customer's limits change where their row is locked, from
/// the moment on that the import was given. So they run in READ COMMITTED, where no purchase has to be made again for them.
/// </summary>
public sealed partial class Store
{
    /// <summary>Rows in one round trip, which takes a fraction of a second.</summary>
    private const int LimitImportBatchSize = 2000;

    /// <summary>
    /// Compares a file with what is in force, and keeps it until somebody confirms where every row is in order: all of it in one
    /// transaction. It is not tried again here: whoever uploaded it can.
    /// </summary>
    /// <param name="request">The file.</param>
    /// <param name="refuse">Takes the rows that are in error.</param>
    /// <param name="isInOrder">Asked when all rows are read: whether the file itself had no error.</param>
    /// <param name="cancellationToken">Stops before COMMIT, never during it (facts 15).</param>
    public async Task<LimitImportStagingReply> StageLimitImportAsync(
        LimitImportRequest request, Action<LimitImportProblem> refuse, Func<bool> isInOrder, CancellationToken cancellationToken)
    {
        using var call = metrics.BeginCall("store.stage_limit_import(");
        return call.Answered(await StageAsync(request, refuse, isInOrder, cancellationToken));
    }

    private async Task<LimitImportStagingReply> StageAsync(
        LimitImportRequest request, Action<LimitImportProblem> refuse, Func<bool> isInOrder, CancellationToken cancellationToken)
    {
        var committing = false;
        try
        {
            await using var connection = await dataSources.AdminPages.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.ReadCommitted, cancellationToken);
            var beginning = await connection.QuerySingleAsync<LimitImportStagingReply>(
                """
                SELECT replace(outcome, '_', '') AS outcome, true AS is_in_order
                FROM store.stage_limit_import(@LimitImportId, @FileName, @FileHash, @Actor)
                """,
                new { request.LimitImportId, request.FileName, request.FileHash, request.Actor }, transaction);
            if (beginning.Outcome != LimitImportStagingOutcome.Staged)
                return beginning;

            var problems = 0;
            foreach (var rows in request.Rows.Chunk(LimitImportBatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                foreach (var problem in await StageRowsAsync(connection, transaction, request.LimitImportId, rows))
                {
                    refuse(problem);
                    problems++;
                }
            }

            if (problems > 0 || !isInOrder())
                return beginning with { IsInOrder = false };
            await connection.ExecuteAsync("SELECT store.keep_limit_import(@LimitImportId)", new { request.LimitImportId }, transaction);
            committing = true;
            await transaction.CommitAsync(CancellationToken.None);
            return beginning;
        }
        catch (NpgsqlException exception) when (RetryPolicy.Classify(exception, sent: committing) != Failure.Answer)
        {
            logger.LogWarning(exception, "A file of limits could not be kept, in doubt: {InDoubt}", committing);
            return new LimitImportStagingReply
            {
                Outcome = committing && RetryPolicy.Classify(exception, sent: true) == Failure.InDoubt
                    ? LimitImportStagingOutcome.InDoubt
                    : LimitImportStagingOutcome.Busy,
            };
        }
    }

    /// <summary>Hands a kept file to the workers. Confirming it twice imports it once.</summary>
    /// <param name="limitImportId">Which import.</param>
    /// <param name="reason">1 to 500 characters: every change of it says so.</param>
    /// <param name="actor">Who: <c>admin 3</c>.</param>
    public Task<LimitImportConfirmationReply> ConfirmLimitImportAsync(Guid limitImportId, string reason, string actor) =>
        CallAsync(
            dataSources.AdminPages,
            "SELECT replace(outcome, '_', '') AS outcome, row_number FROM store.confirm_limit_import(@limitImportId, @reason, @actor)",
            new { limitImportId, reason, actor },
            rolledBack: new LimitImportConfirmationReply { Outcome = LimitImportConfirmationOutcome.Busy },
            inDoubt: new LimitImportConfirmationReply { Outcome = LimitImportConfirmationOutcome.InDoubt });

    /// <summary>Cancels an import that has no moment yet: nothing of it ever counts.</summary>
    public Task<LimitImportCancellationReply> CancelLimitImportAsync(Guid limitImportId, string actor) =>
        CallAsync(
            dataSources.AdminPages,
            "SELECT replace(outcome, '_', '') AS outcome FROM store.cancel_limit_import(@limitImportId, @actor)",
            new { limitImportId, actor },
            rolledBack: new LimitImportCancellationReply { Outcome = LimitImportCancellationOutcome.Busy },
            inDoubt: new LimitImportCancellationReply { Outcome = LimitImportCancellationOutcome.InDoubt });

    /// <summary>Tells the next customers of a confirmed import.</summary>
    /// <param name="limitImportId">Which import.</param>
    /// <param name="batchSize">How many at most; one is waited for where somebody has its row.</param>
    public Task<LimitImportAnnouncementReply> AnnounceLimitImportAsync(Guid limitImportId, long batchSize) =>
        CallAsync(
            dataSources.WorkerJobs,
            "SELECT replace(outcome, '_', '') AS outcome FROM store.announce_limit_import(@limitImportId, @batchSize)",
            new { limitImportId, batchSize },
            rolledBack: new LimitImportAnnouncementReply { Outcome = LimitImportAnnouncement.Busy },
            inDoubt: new LimitImportAnnouncementReply { Outcome = LimitImportAnnouncement.InDoubt });

    /// <summary>Gives an announced import the moment, seconds from now, from which all of it counts; or says why it never will.</summary>
    public Task<LimitImportSwitchReply> SwitchLimitImportAsync(Guid limitImportId) =>
        CallAsync(
            dataSources.WorkerJobs,
            "SELECT replace(outcome, '_', '') AS outcome, row_number FROM store.switch_limit_import(@limitImportId)",
            new { limitImportId },
            rolledBack: new LimitImportSwitchReply { Outcome = LimitImportSwitch.Busy },
            inDoubt: new LimitImportSwitchReply { Outcome = LimitImportSwitch.InDoubt });

    /// <summary>Says that an import is done, once it is in the ledgers of all its customers.</summary>
    public Task<LimitImportFinishReply> FinishLimitImportAsync(Guid limitImportId) =>
        CallAsync(
            dataSources.WorkerJobs,
            "SELECT replace(outcome, '_', '') AS outcome FROM store.finish_limit_import(@limitImportId)",
            new { limitImportId },
            rolledBack: new LimitImportFinishReply { Outcome = LimitImportFinish.Busy },
            inDoubt: new LimitImportFinishReply { Outcome = LimitImportFinish.InDoubt });

    private static async Task<IEnumerable<LimitImportProblem>> StageRowsAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, Guid limitImportId, LimitImportRow[] rows) =>
        await connection.QueryAsync<LimitImportProblem>(
            """
            SELECT row_number, problem, limit_before
            FROM store.stage_limit_import_rows(@limitImportId, @rowNumbers, @customerIds, @windowNames, @limits,
                                               @lastDays::date[], @validTos::timestamptz[])
            """,
            new
            {
                limitImportId,
                rowNumbers = rows.Select(row => row.RowNumber).ToArray(),
                customerIds = rows.Select(row => row.CustomerId).ToArray(),
                windowNames = rows.Select(row => row.WindowName).ToArray(),
                limits = rows.Select(row => row.LimitAfter).ToArray(),
                // The driver sends days as text here: it knows no array of days that may be missing.
                lastDays = rows.Select(row => row.LastDay?.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)).ToArray(),
                validTos = rows.Select(row => row.ValidTo?.UtcDateTime).ToArray(),
            },
            transaction);
}
