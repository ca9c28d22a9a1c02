using System.Net;
using Dapper;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Operating;

/// <summary>SIGTERM in the middle of a purchase.</summary>
public sealed class DrainTests(PostgresServer server) : PurchaseWebTest(server)
{
    protected override bool StartsWeb => false;

    [Fact]
    public async Task It_stops_being_ready_serves_a_while_answers_what_is_under_way_and_exits_with_0()
    {
        await using var web = new WebProcess(ConnectionString, new Dictionary<string, string>
        {
            // Long enough to be seen on a busy machine, and shorter than a purchase tries.
            ["Shutdown:Delay"] = "00:00:03",
            ["Workers:PollInterval"] = "00:00:00.1",
        });
        await web.StartAsync();
        using var shopper = new Shopper(web.Address);
        await shopper.SignInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "1");
        var checkout = await shopper.GetAsync("/checkout");

        // Somebody else has the customer's row: the purchase waits in the database.
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await connection.BeginTransactionAsync(Cancelled);
        await connection.ExecuteAsync("SELECT FROM store.customer_purchased_amount WHERE customer_id = 10 FOR UPDATE");
        var buying = shopper.SubmitAsync(checkout, OrderForm);
        await UntilAsync("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND usename = 'store_web' AND wait_event_type = 'Lock')");

        await web.TerminateAsync();
        var served = await UntilRefusedAsync(web.Address);
        Assert.False(buying.IsCompleted);
        await transaction.CommitAsync(Cancelled);

        Assert.Contains(HttpStatusCode.ServiceUnavailable, served);
        Assert.Equal(HttpStatusCode.SeeOther, (await buying).Status);
        Assert.Equal(0, await web.ExitCodeAsync());
        Assert.Equal(20.00m, await BoughtAsync(10));
        Assert.Equal("confirmed", await ScalarAsync<string>("SELECT status FROM store.purchase_receipt WHERE customer_id = 10"));
    }

    /// <summary>Asks on new connections until none is taken; returns what it was told whether the process is ready.</summary>
    private static async Task<IReadOnlyList<HttpStatusCode>> UntilRefusedAsync(Uri address)
    {
        using var client = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.Zero }) { BaseAddress = address };
        var ready = new List<HttpStatusCode>();
        var page = HttpStatusCode.OK;
        await Eventually.TrueAsync(async () =>
        {
            try
            {
                using var readiness = await client.GetAsync("/health/ready", Cancelled);
                ready.Add(readiness.StatusCode);
                using var answer = await client.GetAsync("/sign-in", Cancelled);
                page = answer.StatusCode;
                Assert.Equal(HttpStatusCode.OK, page);
                return false;
            }
            catch (HttpRequestException)
            {
                return true;
            }
        }, "no new connection");
        return ready;
    }
}
