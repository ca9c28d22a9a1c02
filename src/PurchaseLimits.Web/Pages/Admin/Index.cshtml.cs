using Dapper;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Web.Pages.Admin.Reports;
using PurchaseLimits.Web.Pages.Charts;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Where an admin begins: what waits for one, live, and how the store does, from the reports.</summary>
public sealed class IndexModel(StoreDataSources dataSources, IOptions<ReportOptions> options, IOptions<IntegrityOptions> integrity) : PageModel
{
    private const int ChartDays = 30;

    /// <summary>Live.</summary>
    public sealed record Counts
    {
        public long PurchaseRequests { get; init; }
        public long RaiseRequests { get; init; }

        /// <summary>Admins who want other settings than there are, which takes two.</summary>
        public long SettingProposals { get; init; }
        public long Processing { get; init; }

        /// <summary>Their deadline has passed, and no worker has ended them yet.</summary>
        public long Overdue { get; init; }
        public long MailsDue { get; init; }
        public long MailsParked { get; init; }
        public DateTimeOffset ReadAt { get; init; }
        public DateTime Today { get; init; }
    }

    public sealed record Refusals(long Count, decimal Refused, decimal Recovered);

    // What the reports say, and of when each is; null: never refreshed.
    public sealed record Numbers(
        SpendModel.Spread Spend, DateTimeOffset? SpendAsOf, Refusals Refused, DateTimeOffset? RefusedAsOf,
        IReadOnlyList<SalesModel.Row> Sales, DateTimeOffset? SalesAsOf);

    public Counts Now { get; private set; } = null!;
    public IReadOnlyList<ReportState> States { get; private set; } = [];
    public ReportAges ReportAges => new(States, options.Value.OldAge);
    public IntegrityLight Light { get; private set; } = null!;

    /// <summary>Null while the server of the reports does not answer; all that is live is here all the same.</summary>
    public Numbers? FromReports { get; private set; }

    public IReadOnlyList<SalesModel.Line> Sales { get; private set; } = [];

    public Chart Chart => new()
    {
        Id = "dashboard-sales",
        Title = $"Sales of the last {ChartDays} days",
        Kind = ChartKind.Bars,
        Unit = ChartUnit.Money,
        Points = [.. Sales.Select(line => line.Span.Point)],
        Series = [new("Kept", Sales.Select(line => line.Sold - line.Refunded)), new("Refunded", Sales.Select(line => line.Refunded))],
    };

    public async Task OnGetAsync()
    {
        await using (var connection = await dataSources.AdminPages.OpenConnectionAsync())
        {
            // A subquery each, because each has an index of its own.
            Now = await connection.QuerySingleAsync<Counts>(
                """
                SELECT
                    (SELECT count(*) FROM store.purchase p
                     WHERE p.status = 'awaiting_approval' AND p.expires_at > statement_timestamp()) AS purchase_requests,
                    (SELECT count(*) FROM store.limit_request r WHERE r.status = 'pending') AS raise_requests,
                    (SELECT count(DISTINCT p.actor) FROM store.setting_proposal p WHERE p.version = s.version) AS setting_proposals,
                    q.processing,
                    q.overdue,
                    (SELECT count(*) FROM store.outbox_message o
                     WHERE o.sent_at IS NULL AND o.parked_at IS NULL AND o.next_attempt_at <= statement_timestamp()) AS mails_due,
                    (SELECT count(*) FROM store.outbox_message o WHERE o.parked_at IS NOT NULL) AS mails_parked,
                    statement_timestamp() AS read_at,
                    report.today()::timestamp AS today
                FROM store.store_setting s
                CROSS JOIN (
                    SELECT count(*) FILTER (WHERE p.expires_at > statement_timestamp()) AS processing,
                           count(*) FILTER (WHERE p.expires_at <= statement_timestamp()) AS overdue
                    FROM store.purchase p
                    WHERE p.status = 'processing'
                ) q
                WHERE s.store_setting_id = 1
                """);
        }

        Light = await IntegrityLight.ReadAsync(dataSources, integrity);
        States = await ReportState.ReadAsync(dataSources);
        FromReports = await ReadReportsOrNullAsync();
        var today = DateOnly.FromDateTime(Now.Today);
        var sold = FromReports?.Sales.ToDictionary(row => row.Day);
        Sales =
        [
            .. Enumerable.Range(1 - ChartDays, ChartDays).Select(offset => new ReportSpan(today.AddDays(offset), today.AddDays(offset), ReportStep.Day))
                .Select(span => sold?.GetValueOrDefault(span.First) is { } row
                    ? new SalesModel.Line(span, row.Purchases, row.Customers, row.Sold, row.Refunded)
                    : new SalesModel.Line(span, 0, 0, 0, 0)),
        ];
    }

    private async Task<Numbers?> ReadReportsOrNullAsync()
    {
        try
        {
            await using var snapshot = await ReportSnapshot.OpenAsync(dataSources, HttpContext.RequestAborted);
            return new Numbers(
                await SpendModel.ReadSpreadAsync(snapshot),
                snapshot.AsOf("customer_spend"),
                await snapshot.SingleAsync<Refusals>(
                    """
                    SELECT coalesce(sum(r.refusals), 0)::bigint AS count, coalesce(sum(r.refused), 0) AS refused, coalesce(sum(r.recovered), 0) AS recovered
                    FROM report.refusals_by_limit r
                    WHERE r.day = @Today::date
                    """,
                    new { Now.Today }),
                snapshot.AsOf("refusals_by_limit"),
                await snapshot.QueryAsync<SalesModel.Row>(
                    """
                    SELECT s.day, s.purchases, s.customers, s.sold, s.refunded
                    FROM report.sales_by_day s
                    WHERE s.day BETWEEN @Today::date - @back AND @Today::date
                    """,
                    new { Now.Today, back = ChartDays - 1 }),
                snapshot.AsOf("sales_by_day"));
        }
        // A replica may be away; then only its numbers are.
        catch (NpgsqlException) when (dataSources.Reports != dataSources.AdminPages)
        {
            return null;
        }
    }
}
