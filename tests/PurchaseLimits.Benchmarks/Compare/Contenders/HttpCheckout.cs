using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>The real checkout: a form with an antiforgery token from a customer who is signed in. Some customers, because each must sign in first.</summary>
/// <param name="database">What the web sells from.</param>
/// <param name="withPage">The page is read before its form is sent; its lines are put into the cart by SQL.</param>
internal sealed class HttpCheckout(ComparedDatabase database, bool withPage) : IContender
{
    private const int SignedIn = 200;

    private readonly ConcurrentDictionary<long, Browser> _browsers = new();
    private WebUnderTest? _web;

    public string Name => withPage ? "http-page" : "http";

    public string Does => withPage
        ? "Reads GET /checkout and sends its form; before each the two lines are put back into the cart by SQL, which is counted in."
        : $"POST /checkout against the real web in a process of its own, with sign-in and antiforgery, from {SignedIn} signed-in customers.";

    public long? Retries => null;

    public long? OtherTrips => null;

    public string Accounts => StorePurchases.StoreAccounts;

    public TimeSpan OwnProcessor => _web?.Processor ?? TimeSpan.Zero;

    public IReadOnlyList<long> Buyers(IReadOnlyList<long> customers) => [.. customers.Where(_browsers.ContainsKey)];

    public async Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say)
    {
        _web = await database.WebAsync();
        // Those who are almost full come last, and all of them buy.
        var own = await database.QueryAsync<long>(
            "SELECT customer_id FROM store.customer_purchased_amount WHERE customer_id = ANY (@customers) AND limit_amount <= @Limit",
            new { customers = customers.ToArray(), FixedPrices.Limit });
        var all = customers.Take(SignedIn).Concat(own).Distinct().ToArray();
        await database.AddSignInsAsync(all);
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (customer, _) =>
            _browsers[customer] = await Browser.SignInAsync(_web.Client, ComparedDatabase.EmailOf(customer)));
    }

    public async Task<Answer> BuyAsync(Order order)
    {
        var browser = _browsers[order.CustomerId];
        var (purchaseId, pricedAt) = (order.PurchaseId.ToString("D"), StrictInput.Moment(DateTimeOffset.UtcNow.AddSeconds(-1)));
        if (withPage)
        {
            await database.FillCartAsync(order.CustomerId);
            // Another caller of the same customer may have emptied the cart just now.
            if (await browser.GetOrNullAsync("/checkout") is not { } page || Browser.Field("purchase_id", page) is not { } key)
                return Answer.Unanswered;
            (purchaseId, pricedAt) = (key, Browser.Field("priced_at", page)!);
        }

        return await browser.PostAsync("/checkout", Fields(purchaseId, pricedAt)) switch
        {
            HttpStatusCode.SeeOther => Answer.Bought,
            HttpStatusCode.UnprocessableEntity => Answer.Refused,
            HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => Answer.Unanswered,
            var status => throw new InvalidOperationException($"A checkout was answered with {(int)status}."),
        };
    }

    private static KeyValuePair<string, string>[] Fields(string purchaseId, string pricedAt) =>
    [
        new("purchase_id", purchaseId),
        new("priced_at", pricedAt),
        new("shown_total", FixedPrices.Total.ToString("0.00", CultureInfo.InvariantCulture)),
        new("lines[0].product_id", $"{FixedPrices.FirstProduct}"),
        new("lines[0].quantity", "1"),
        new("lines[1].product_id", $"{FixedPrices.SecondProduct}"),
        new("lines[1].quantity", "1"),
    ];

    // The web is the database's, which others use as well.
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
