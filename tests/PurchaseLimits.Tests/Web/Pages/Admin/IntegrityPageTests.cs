using System.Net;
using System.Text.Json;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin;

/// <summary>The Integrity page and <c>/health/ledger</c>: no worker runs but where a test starts one.</summary>
public sealed class IntegrityPageTests(PostgresServer server) : AdminPurchaseTest(server)
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["Workers:Enabled"] = "false",
        ["Reports:RefreshEvery"] = "01:00:00",
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await ExecuteAsync("UPDATE store.integrity_schedule SET next_due_at = '-infinity'");
    }

    private LedgerBreaker Breaker => field ??= new LedgerBreaker(Superuser);

    [Fact]
    public async Task What_was_never_proved_is_not_said_to_hold_and_Prove_now_proves_it()
    {
        await BuyAsync();
        var page = await Admin.GetAsync("/admin/integrity");
        Assert.Equal("Never proved", LightOf(page));
        Assert.Contains("Integrity", page.Document.QuerySelector("nav a[href='/admin/integrity']")!.TextContent, StringComparison.Ordinal);
        Assert.Equal("Degraded", (await HealthAsync()).Status);

        var pressed = await Admin.SubmitAsync(page, "main form[action$='handler=Prove']");
        Assert.Equal(HttpStatusCode.SeeOther, pressed.Status);
        var waiting = await Admin.FollowAsync(pressed);
        Assert.Contains("asked for a proof", waiting.Text, StringComparison.Ordinal);
        Assert.Equal("/admin/integrity", waiting.Document.QuerySelector("#integrity")!.GetAttribute("data-refresh-url"));

        await using var web = StartWorker();
        await ProvedAsync();
        await UntilAsync("SELECT bool_and(as_of IS NOT NULL) FROM report.report");
        page = await Admin.GetAsync("/admin/integrity");
        Assert.Equal("All rules hold", LightOf(page));
        Assert.Equal("", page.Document.QuerySelector("#integrity")!.GetAttribute("data-refresh-url"));
        Assert.Equal(IntegrityRule.All.Count, page.Document.QuerySelectorAll("[aria-labelledby='rules-title'] tbody tr").Length);
        Assert.Contains("all of them, unchanged", page.Text, StringComparison.Ordinal);
        var health = await HealthAsync();
        Assert.Equal((HttpStatusCode.OK, "Healthy"), (health.Code, health.Status));
    }

    [Fact]
    public async Task It_shows_what_was_tried_against_this_release_and_nothing_was_found()
    {
        var page = await Admin.GetAsync("/admin/integrity");
        var card = page.Document.QuerySelector("[aria-labelledby='release-title']")!;
        if (ReleaseProof.BuiltIn is not { } release)
        {
            Assert.Contains("built without a report", card.TextContent, StringComparison.Ordinal);
            return;
        }

        Assert.Equal(["Interleavings", "Mixed load", "Faults", "Planted bugs", "Races over HTTP"], release.Trials.Select(trial => trial.Section).Distinct());
        Assert.All(release.Trials, trial => Assert.Equal(0, trial.Violations));
        Assert.Equal(release.StartedAt, DateTimeOffset.Parse(card.QuerySelector("time")!.GetAttribute("datetime")!, System.Globalization.CultureInfo.InvariantCulture), TimeSpan.FromSeconds(1));
        Assert.Contains(release.Commit, card.TextContent, StringComparison.Ordinal);
        Assert.Equal(release.Trials.Count, card.QuerySelectorAll("tbody tr").Length);
        Assert.Contains(release.Trials[0].What, card.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_broken_rule_and_a_frozen_customer_are_red_until_they_are_mended_released_and_proved()
    {
        await BuyAsync();
        // Not refreshed while the ledger is wrong, or they would be wrong as well until the next refresh.
        await RefreshReportsAsync();
        await Breaker.BreakRuleAsync("UPDATE store.customer_event SET limit_at_time = 19 WHERE customer_id = @customerId AND sequence_number = 2", 10);
        await using var web = StartWorker();
        await ProvedAsync();

        var page = await Admin.GetAsync("/admin/integrity");
        Assert.EndsWith("rules are broken", LightOf(page), StringComparison.Ordinal);
        Assert.Contains("What breaks I3", page.Text, StringComparison.Ordinal);
        Assert.Contains("customer 10: event 2", page.Text, StringComparison.Ordinal);
        Assert.NotNull(page.Document.QuerySelector("main a[href='/admin/customers/10']"));
        Assert.NotNull(page.Document.QuerySelector("main a[href='/admin/customers/10/release']"));
        Assert.NotNull(page.Document.QuerySelector("aside.alarm"));
        var health = await HealthAsync();
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), (health.Code, health.Status));
        Assert.Equal("Unhealthy", health.Of("rules").GetProperty("status").GetString());
        Assert.Equal(1, health.Of("frozen_customers").GetProperty("count").GetInt64());
        Assert.DoesNotContain("customer 10", health.Body, StringComparison.Ordinal);

        await Breaker.RunAsync("UPDATE store.customer_event SET limit_at_time = 500 WHERE customer_id = @customerId AND sequence_number = 2", 10);
        await Store.RequestProofAsync("admin 1");
        await UntilAsync("SELECT count(*) >= 2 FROM store.integrity_proof WHERE rule = 'I15'");
        await ProvedAsync();
        // The rules hold again; the customer waits for an admin.
        Assert.Equal("1 customer is frozen", LightOf(await Admin.GetAsync("/admin/integrity")));
        Assert.Equal("Unhealthy", (await HealthAsync()).Status);
        Assert.Equal(ReleaseOutcome.Released, (await Store.ReleaseCustomerAsync(10, "why", "admin 1")).Outcome);
        Assert.Equal("All rules hold", LightOf(await Admin.GetAsync("/admin/integrity")));
        Assert.Equal("Healthy", (await HealthAsync()).Status);
    }

    [Theory]
    [InlineData("UPDATE store.integrity_proof SET started_at = started_at - interval '4 minutes', finished_at = finished_at - interval '4 minutes'", "rules", "The proof is too old")]
    [InlineData("UPDATE store.outbox_message SET created_at = now() - interval '16 minutes', sent_at = NULL, parked_at = NULL WHERE customer_id = 10", "outbox", null)]
    [InlineData("UPDATE store.purchase SET expires_at = now() - interval '61 seconds' WHERE status = 'processing'; UPDATE store.customer_purchased_amount SET next_due_at = now() - interval '61 seconds' WHERE customer_id = 10", "deadlines", null)]
    [InlineData("UPDATE report.report SET as_of = as_of - interval '4 hours'", "reports", null)]
    public async Task What_waits_for_too_long_is_degraded(string change, string entry, string? light)
    {
        await WaitForPriceAsync();
        await RefreshReportsAsync();
        await using (StartWorker())
            await ProvedAsync();
        await ExecuteAsync("UPDATE store.outbox_message SET sent_at = now() WHERE sent_at IS NULL AND parked_at IS NULL");
        Assert.Equal("Healthy", (await HealthAsync()).Of(entry).GetProperty("status").GetString());

        await ExecuteAsync(change);

        var health = await HealthAsync();
        Assert.Equal("Degraded", health.Of(entry).GetProperty("status").GetString());
        Assert.Equal((HttpStatusCode.OK, "Degraded"), (health.Code, health.Status));
        if (light is not null)
            Assert.Equal(light, LightOf(await Admin.GetAsync("/admin/integrity")));
        if (entry == "deadlines")
            await Store.DecidePurchaseRequestsAsync(10, 1);
        if (entry == "reports")
            await RefreshReportsAsync();
    }

    [Fact]
    public async Task Anybody_may_ask_for_its_health_and_nobody_may_keep_it()
    {
        using var visitor = Web.NewShopper();
        var page = await visitor.GetAsync("/health/ledger");
        Assert.Equal("application/json", page.Response.Content.Headers.ContentType!.MediaType);
        Assert.True(page.Response.Headers.CacheControl!.NoStore);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.SendAsync(new HttpRequestMessage(HttpMethod.Post, "/health/ledger"))).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync("/health")).Status);
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.GetAsync("/admin/integrity")).Status);
        using var customer = await SignedInAsync("customer10@example.com");
        Assert.Equal(HttpStatusCode.Forbidden, (await customer.GetAsync("/admin/integrity")).Status);
    }

    [Fact]
    public async Task What_it_cannot_read_is_unhealthy_and_it_says_no_more()
    {
        await ExecuteAsync("REVOKE SELECT (customer_id, released_at) ON store.customer_freeze FROM store_worker");

        var health = await HealthAsync();

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), (health.Code, health.Status));
        Assert.Equal("Unhealthy", health.Of("frozen_customers").GetProperty("status").GetString());
        Assert.Equal("Healthy", health.Of("deadlines").GetProperty("status").GetString());
        Assert.DoesNotContain("permission", health.Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_database_it_answers_all_the_same()
    {
        var direct = new NpgsqlConnectionStringBuilder(ConnectionString("store_worker"));
        var wire = new TcpProxy(direct.Host!, direct.Port);
        await using var web = new WebStore(
            role => role == "store_worker"
                ? new NpgsqlConnectionStringBuilder(ConnectionString(role)) { Host = "127.0.0.1", Port = wire.Port }.ConnectionString
                : ConnectionString(role),
            Settings);
        await wire.DisposeAsync();

        var health = await HealthAsync(web);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Unhealthy"), (health.Code, health.Status));
        Assert.Equal(["rules", "frozen_customers", "outbox", "deadlines", "reports"],
            JsonDocument.Parse(health.Body).RootElement.GetProperty("entries").EnumerateObject().Select(entry => entry.Name));
    }

    private sealed record Health(HttpStatusCode Code, string Status, string Body)
    {
        public JsonElement Of(string entry) => JsonDocument.Parse(Body).RootElement.GetProperty("entries").GetProperty(entry);
    }

    private async Task<Health> HealthAsync(WebStore? web = null)
    {
        using var client = new HttpClient { BaseAddress = (web ?? Web).Address };
        using var response = await client.GetAsync("/health/ledger", Cancelled);
        var body = await response.Content.ReadAsStringAsync(Cancelled);
        return new Health(response.StatusCode, JsonDocument.Parse(body).RootElement.GetProperty("status").GetString()!, body);
    }

    private static string LightOf(WebPage page) => WebPage.Fold(page.Document.QuerySelector("#light-title")!.TextContent);

    /// <summary>A process that proves the rules, and does what other work there is.</summary>
    private WebStore StartWorker() => new(ConnectionString, new Dictionary<string, string>
    {
        ["Integrity:ProveEvery"] = "01:00:00",
        ["Reports:RefreshEvery"] = "01:00:00",
        ["Workers:PollInterval"] = "00:00:00.05",
    });

    private Task ProvedAsync() => UntilAsync(
        "SELECT round_finished_at IS NOT NULL AND requested_at IS NULL FROM store.integrity_schedule");
}
