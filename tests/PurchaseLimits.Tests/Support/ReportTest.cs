using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>A test that refreshes reports as a web process does.</summary>
public abstract class ReportTest(PostgresServer server) : StoreTest(server)
{
    /// <summary>The refresher of one web process.</summary>
    protected ReportRefresher NewRefresher(TimeSpan? every = null, TimeSpan? longestWaitForMark = null) => new(
        Own(new StoreDataSources(ConnectionString("store_web"), ConnectionString("store_admin"), ConnectionString("store_worker"))),
        Options.Create(new ReportOptions { RefreshEvery = every ?? TimeSpan.FromHours(1) }),
        NullLogger<ReportRefresher>.Instance)
    {
        LongestWaitForMark = longestWaitForMark ?? TimeSpan.FromSeconds(7),
    };

    /// <summary>Asks for all reports and has them brought to the database's clock.</summary>
    protected async Task RefreshAsync(ReportRefresher refresher)
    {
        var now = await ScalarAsync<DateTime>("SELECT store.clock()");
        do
        {
            // Another test of this server may have a transaction open for a while.
            await ExecuteAsync("SELECT report.request_refresh('admin 1')");
            await refresher.RefreshDueAsync(Cancelled);
            Assert.Empty(await QueryAsync<string>("SELECT error FROM report.report_refresh WHERE error NOT LIKE 'A transaction that%'"));
        }
        while (!await ScalarAsync<bool>("SELECT bool_and(as_of >= @now) IS TRUE FROM report.report", new { now }));
    }
}
