using System.Globalization;
using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Admin.Reports;

/// <summary>A store with a small history of a few days, and an admin who looks at it.</summary>
public abstract class ReportWebTest(PostgresServer server) : StoreWebTest(server)
{
    public const string HarmfulName = "=HYPERLINK(\"https://evil.example\")";

    protected PurchaseLimits.Web.Store Store { get; private set; } = null!;
    protected Shopper Admin { get; private set; } = null!;

    /// <summary>The store's day, in UTC.</summary>
    protected DateOnly Today { get; private set; }

    // Reports are refreshed when a test says so.
    protected override IReadOnlyDictionary<string, string>? Settings => new Dictionary<string, string>
    {
        ["Workers:Enabled"] = "false",
        ["Reports:RefreshEvery"] = "00:05:00",
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddAdminAsync();
        Store = NewStore();
        Admin = await SignedInAsync("admin@example.com");
        Today = DateOnly.FromDateTime(DateTime.UtcNow);
    }

    public override async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Limits are $500. Three days ago customer 10 bought for $40, of which $5 are refunded today. Yesterday customer 11 bought for
    /// $400 and was refused another $400; asked, and was declined today; and the limit was cut to $300. Today customer 10 bought
    /// for $400 more, and customer 12, who has $50 a week, for $20. Customer 13 never bought anything.
    /// </summary>
    protected async Task AddHistoryAsync()
    {
        await ExecuteAsync(
            """
            INSERT INTO store.category (category_id, slug, name, position) VALUES (1, 'mugs', 'Mugs', 1), (2, 'kettles', '+Kettles', 2);
            INSERT INTO store.product (product_id, category_id, name, description, tile)
            VALUES (1, 1, '-Mug', 'A mug.', 'mug'), (2, 2, '@Kettle', 'A kettle.', 'kettle');
            INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor)
            VALUES (1, now() - interval '60 days', 'infinity', 20, 'test'), (2, now() - interval '60 days', 'infinity', 400, 'test')
            """);
        await SetClockAsync("40 days");
        await AddCustomersAsync(10, 12);
        await ExecuteAsync("BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT store.register_customer(13, @HarmfulName, 'test'); COMMIT", new { HarmfulName });

        await SetClockAsync("3 days");
        var first = await BuyAsync(10, 1, 2);
        await SetClockAsync("1 day");
        await BuyAsync(11, 2, 1);
        var refused = await BuyAsync(11, 2, 1);
        Assert.Equal(ApprovalOutcome.Asked, (await Store.AskApprovalAsync(11, refused, "please")).Outcome);

        await SetClockAsync("0");
        var actor = await ActorAsync();
        Assert.Equal(DeclineOutcome.Declined, (await Store.DeclinePurchaseAsync(11, refused, "no", actor)).Outcome);
        await Store.ChangeLimitAsync(new(11, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 300, null, null, "less", actor));
        await Store.ChangeLimitAsync(new(12, Guid.CreateVersion7(), LimitWindow.Week, null, 50, null, null, "a week", actor));
        await BuyAsync(10, 2, 1);
        await BuyAsync(12, 1, 1);
        await Store.RefundPurchaseAsync(new RefundRequest(10, first, Guid.CreateVersion7(), 5, [], "came late", actor));
    }

    protected async Task<string> ActorAsync() =>
        $"admin {(await ScalarAsync<long>("SELECT user_id FROM account.user WHERE role = 'admin'")).ToString(CultureInfo.InvariantCulture)}";

    protected async Task<Guid> BuyAsync(long customerId, long productId, int quantity)
    {
        var (price, now) = (await QueryAsync<(decimal, DateTimeOffset)>(
            "SELECT p.price, store.clock() FROM store.product_price p WHERE p.product_id = @productId", new { productId })).Single();
        var purchaseId = Guid.CreateVersion7();
        await Store.PlacePurchaseAsync(new PurchaseRequest(customerId, purchaseId, now, price * quantity, [new PurchaseRequestLine(productId, quantity)]), Cancelled);
        return purchaseId;
    }

    /// <summary>The database's clock, for this test's database alone: so long ago.</summary>
    protected Task SetClockAsync(string ago) => ExecuteAsync(
        $"CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $body$ SELECT clock_timestamp() - interval '{ago}' $body$");

    /// <summary>The cells of a table's body, row by row, white space folded.</summary>
    protected static IReadOnlyList<string[]> Table(WebPage page, string label) =>
        [.. page.Document.QuerySelectorAll($"[role=region][aria-label='{label}'] tbody tr, [role=region][aria-labelledby='{label}'] tbody tr")
            .Select(row => row.Children.Select(cell => WebPage.Fold(cell.TextContent)).ToArray())];

    /// <summary>Every link of a page's main part leads somewhere.</summary>
    protected async Task AssertLinksWorkAsync(WebPage page)
    {
        foreach (var link in page.Document.QuerySelectorAll("main a"))
        {
            var address = link.GetAttribute("href");
            Assert.False(string.IsNullOrEmpty(address), $"{link.TextContent} leads nowhere");
            Assert.Equal((address, HttpStatusCode.OK), (address, (await Admin.GetAsync(address)).Status));
        }
    }

    /// <summary>The rows of a file, the heading first, as text.</summary>
    protected async Task<string[]> FileAsync(string path)
    {
        var file = await Admin.GetAsync(path);
        Assert.Equal("text/csv; charset=utf-8", file.Response.Content.Headers.ContentType?.ToString());
        return (await file.Response.Content.ReadAsStringAsync(Cancelled)).TrimStart('\uFEFF').Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line.TrimEnd('\r')).ToArray();
    }

    /// <summary>A row without its last cell, the moment it is of.</summary>
    protected static string WithoutMoment(string row) => row[..row.LastIndexOf(',')];

    /// <summary>Tue 24 Nov 2026.</summary>
    protected string DayAgo(int days) => Today.AddDays(-days).ToString("ddd d MMM yyyy", CultureInfo.InvariantCulture);

    protected string Iso(int daysAgo) => Today.AddDays(-daysAgo).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
