using Dapper;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>
/// Brings reports up to date when they are due. Any number of processes may: a report is refreshed by one of them, and one whose
/// process died is taken up by another. Purchases never wait for it, and whoever reads sees the old numbers until it is done.
/// </summary>
public sealed class ReportRefresher(
    StoreDataSources dataSources, StoreMetrics metrics, IOptions<ReportOptions> options, ILogger<ReportRefresher> logger)
{
    /// <summary>Closed days added up in one transaction: a first start with years of history goes step by step.</summary>
    private const long MaxDaysTogether = 31;

    private const int MaxTries = 3;

    private static readonly TimeSpan s_pauseForMark = TimeSpan.FromMilliseconds(20);

    /// <summary>
    /// How long what was open when the mark was set is waited for. The store's own transactions are over within their roles'
    /// statement_timeout of 5 s.
    /// </summary>
    public TimeSpan LongestWaitForMark { get; init; } = TimeSpan.FromSeconds(7);

    private sealed record Refreshed
    {
        public string Outcome { get; init; } = "";
        public DateTimeOffset? AsOf { get; init; }
        public long? RowCount { get; init; }
    }

    /// <summary>Refreshes what is due by the schedule or asked for; returns at once where nothing is.</summary>
    /// <returns>How many reports it refreshed.</returns>
    /// <exception cref="NpgsqlException">The database is away. What fails of one report is noted with it instead.</exception>
    public async Task<int> RefreshDueAsync(CancellationToken stoppingToken)
    {
        var due = await ReadDueAsync(stoppingToken);
        if (due.Count == 0)
            return 0;

        using var round = StoreTraces.StartRound("refresh reports", due.Count);
        await SetMarkAsync(stoppingToken);
        await SealDaysAsync(stoppingToken);
        var refreshed = 0;
        foreach (var reportName in due)
        {
            if (await RefreshAsync(reportName, stoppingToken))
                refreshed++;
        }

        return refreshed;
    }

    private async Task<IReadOnlyList<string>> ReadDueAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync(stoppingToken);
        return (await connection.QueryAsync<string>(
            "SELECT d.report_name FROM report.due_reports(@Schedule::interval) d", new { options.Value.Schedule })).AsList();
    }

    /// <summary>
    /// Sets a mark and waits until all that happened before it is known. Where that takes too long, reports come as far as an
    /// earlier mark allows.
    /// </summary>
    private async Task SetMarkAsync(CancellationToken stoppingToken)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync(stoppingToken);
        var mark = await connection.QuerySingleAsync<DateTimeOffset>("SELECT report.set_mark()");
        for (var waited = TimeSpan.Zero; waited < LongestWaitForMark; waited += s_pauseForMark)
        {
            if (await connection.QuerySingleAsync<bool>("SELECT coalesce(report.settled_mark() >= @mark, false)", new { mark }))
                return;
            await Task.Delay(s_pauseForMark, stoppingToken);
        }
    }

    private async Task SealDaysAsync(CancellationToken stoppingToken)
    {
        try
        {
            long days, sealedDays = 0;
            do
            {
                await using var connection = await dataSources.WorkerReports.OpenConnectionAsync(stoppingToken);
                days = await connection.QuerySingleAsync<long>(new CommandDefinition(
                    "SELECT report.seal_days(@MaxDaysTogether)", new { MaxDaysTogether }, cancellationToken: stoppingToken));
                sealedDays += days;
            }
            while (days > 0);

            if (sealedDays > 0)
                logger.LogInformation("{Days} closed days were added up for the reports", sealedDays);
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.SerializationFailure)
        {
            logger.LogDebug(exception, "Another process adds up closed days");
        }
        catch (PostgresException exception) when (!stoppingToken.IsCancellationRequested)
        {
            // A refresh then reads them as open ones: slower, and no less right.
            logger.LogError(exception, "Closed days could not be added up for the reports");
        }
    }

    private async Task<bool> RefreshAsync(string reportName, CancellationToken stoppingToken)
    {
        var refreshId = await StartAsync(reportName, stoppingToken);
        if (refreshId is null)
            return false;

        string failure;
        var outcome = "failed";
        try
        {
            var result = await RefreshAsync(refreshId.Value, stoppingToken);
            if (result.Outcome == "refreshed")
            {
                metrics.CountRefresh(reportName, result.Outcome);
                logger.LogDebug("Report {ReportName} is as of {AsOf}, {RowCount} rows", reportName, result.AsOf, result.RowCount);
                return true;
            }

            outcome = result.Outcome;
            failure = result.Outcome == "held_up"
                ? "A transaction that began before the last refresh is still open on the server; nothing newer is known in full until it ends."
                : "Another process began it anew.";
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException)
        {
            if (stoppingToken.IsCancellationRequested)
            {
                outcome = "stopped";
                failure = "The process stopped.";
            }
            else
            {
                logger.LogError(exception, "Report {ReportName} could not be refreshed", reportName);
                failure = exception is PostgresException postgres ? $"{postgres.SqlState}: {postgres.MessageText}" : exception.Message;
            }
        }

        metrics.CountRefresh(reportName, outcome);
        await FailAsync(refreshId.Value, failure);
        stoppingToken.ThrowIfCancellationRequested();
        return false;
    }

    private async Task<Refreshed> RefreshAsync(long refreshId, CancellationToken stoppingToken)
    {
        for (var tries = 1; ; tries++)
        {
            await using var connection = await dataSources.WorkerReports.OpenConnectionAsync(stoppingToken);
            try
            {
                return await connection.QuerySingleAsync<Refreshed>(new CommandDefinition(
                    "SELECT r.outcome, r.as_of, r.row_count FROM report.refresh(@refreshId) r", new { refreshId }, cancellationToken: stoppingToken));
            }
            catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.SerializationFailure && tries < MaxTries)
            {
                // A day began, and another process that refreshes another report wrote it down first.
                logger.LogDebug(exception, "Refresh {RefreshId} is tried again", refreshId);
            }
        }
    }

    private async Task<long?> StartAsync(string reportName, CancellationToken stoppingToken)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync(stoppingToken);
        return await connection.QuerySingleAsync<long?>(
            "SELECT report.start_refresh(@reportName, @Schedule::interval)", new { reportName, options.Value.Schedule });
    }

    private async Task FailAsync(long refreshId, string error)
    {
        await using var connection = await dataSources.WorkerJobs.OpenConnectionAsync();
        await connection.ExecuteAsync("SELECT report.fail_refresh(@refreshId, @error)", new { refreshId, error });
    }
}
