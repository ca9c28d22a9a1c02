using System.Diagnostics;
using System.Globalization;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Thirty requests, each on a connection of its own, held back by the last byte of their bodies and released together: half of them to
/// one web process's Kestrel, half to another's, whose gates know nothing of each other.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class HttpRaceTests(PostgresServer server) : StoreWebTest(server)
{
    private const int Together = 30;
    private const int Races = 7;
    private const string OrderForm = "main form[action='/checkout']";
    private const string RefundForm = "main form[action$='/refund']";

    private static readonly int s_rounds = ProofTier.Of(4, 20);
    private static readonly int s_seed = ProofTier.DrawSeed("HTTP_RACES_SEED");

    private readonly Dictionary<string, long> _outcomes = [];

    // Which of the requests is the odd one; the order in which they arrive is the machine's.
    private readonly Random _random = new(s_seed);
    private WebStore _other = null!;
    private long _customer;

    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["Workers:Enabled"] = "false",
    };

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        ProofTier.PrintSeed("HTTP_RACES_SEED", s_seed);
        _other = Own(new WebStore(ConnectionString, Settings));
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(1, Races * s_rounds);
        await AddAdminAsync();
    }

    [Fact]
    public Task Requests_that_are_released_together_end_as_one_after_the_other_would() => Assert.MultipleAsync(
        () => RaceAsync("one checkout sent 30 times", OneKeyIsOnePurchaseWithOneReceiptAsync),
        () => RaceAsync("30 checkouts of one customer, 25 fit", KeysSellExactlyWhatFitsAsync),
        () => RaceAsync("one refund sent 30 times", OneRefundIsMadeOnceAsync),
        () => RaceAsync("30 refunds of one purchase, 2 fit", RefundsNeverPassThePurchaseAsync),
        () => RaceAsync("30 wrong passwords", GuessesAreFiveGuessesAsync),
        () => RaceAsync("29 wrong passwords and the right one", RightPasswordGetsInOnlyBeforeTheLockAsync),
        () => RaceAsync("29 checkouts and a cut to $200.00", CutLetsNonePassAsync));

    private async Task OneKeyIsOnePurchaseWithOneReceiptAsync(long customer)
    {
        using var shopper = await ShopperAsync(customer);
        var page = await shopper.GetAsync("/checkout");
        var key = Field(page, OrderForm, "purchase_id");

        var answers = await ReleaseAsync(shopper, Enumerable.Range(0, Together).Select(_ => Shopper.Request(page, OrderForm)));

        Assert.Contains(answers, answer => answer.Status == 303);
        Assert.All(answers, answer => Assert.True(answer.IsBusy || answer is { Status: 303 } && answer.Location == $"/purchases/{key}", $"{answer}"));
        Assert.Equal([$"{key} confirmed 20.00"], await QueryAsync<string>(
            "SELECT format('%s %s %s', purchase_id, status, total) FROM store.purchase WHERE customer_id = @customer", new { customer }));
        Assert.Equal(20, await BoughtAsync(customer));
    }

    private async Task KeysSellExactlyWhatFitsAsync(long customer)
    {
        using var shopper = await ShopperAsync(customer);
        var page = await shopper.GetAsync("/checkout");

        var answers = await ReleaseAsync(shopper, Enumerable.Range(0, Together).Select(_ => Order(page)));

        await BoughtAsAnsweredAsync(customer, answers);
        // Nobody is refused while there is room.
        var sold = answers.Count(answer => answer.Status == 303);
        Assert.Equal(answers.Any(answer => answer.Status == 422) ? 25 : Together - answers.Count(answer => answer.IsBusy), sold);
    }

    private async Task OneRefundIsMadeOnceAsync(long customer)
    {
        using var admin = await SignedInAsync("admin@example.com");
        var (purchase, page) = await RefundPageAsync(admin, customer);

        var answers = await ReleaseAsync(admin, Enumerable.Range(0, Together).Select(_ => Shopper.Request(page, RefundForm, ("way", "amount"), ("amount", "15"), ("reason", "Came back"))));

        Assert.Contains(answers, answer => answer.Status == 303);
        Assert.All(answers, answer => Assert.True(answer.IsBusy || answer.Status == 303, $"{answer}"));
        Assert.Equal([15.00m], await RefundsAsync(purchase));
        Assert.Equal(25, await BoughtAsync(customer));
    }

    private async Task RefundsNeverPassThePurchaseAsync(long customer)
    {
        using var admin = await SignedInAsync("admin@example.com");
        var (purchase, page) = await RefundPageAsync(admin, customer);

        var answers = await ReleaseAsync(admin, Enumerable.Range(0, Together).Select(_ => Shopper.Request(
            page, RefundForm, ("refundId", Guid.CreateVersion7().ToString("D")), ("way", "amount"), ("amount", "15"), ("reason", "Came back"))));

        // Saved; told of another one first; more than is left.
        Assert.All(answers, answer => Assert.True(answer.IsBusy || answer.Status is 303 or 409 or 422, $"{answer}"));
        var saved = answers.Count(answer => answer.Status == 303);
        Assert.InRange(saved, 1, 2);
        Assert.Equal(Enumerable.Repeat(15.00m, saved), await RefundsAsync(purchase));
        Assert.Equal(40 - (15 * saved), await BoughtAsync(customer));
    }

    private async Task GuessesAreFiveGuessesAsync(long customer)
    {
        using var thief = Web.NewShopper();
        var page = await thief.GetAsync("/sign-in");

        var answers = await ReleaseAsync(thief, Enumerable.Range(0, Together).Select(i => Guess(page, customer, $"guess number {i}")));
        var right = await ReleaseAsync(thief, Enumerable.Range(0, 2).Select(_ => Guess(page, customer, Password)));

        Assert.Equal(5, answers.Count(answer => answer.Status == 422));
        Assert.Equal(Together - 5, answers.Count(answer => answer.Status == 429));
        Assert.All(right, answer => Assert.Equal(429, answer.Status));
    }

    private async Task RightPasswordGetsInOnlyBeforeTheLockAsync(long customer)
    {
        using var thief = Web.NewShopper();
        var page = await thief.GetAsync("/sign-in");
        var place = _random.Next(Together);

        var answers = await ReleaseAsync(thief, Enumerable.Range(0, Together).Select(i => Guess(page, customer, i == place ? Password : $"guess number {i}")));

        // Who gets in is no thief, and begins to count anew: at most four before, five after, and those that were on their way.
        Assert.All(answers, answer => Assert.True(answer.Status is 422 or 429 or 302, $"{answer}"));
        Assert.All(answers.Where((_, i) => i != place), answer => Assert.NotEqual(302, answer.Status));
        var looked = answers.Count(answer => answer.Status == 422);
        if (answers[place].Status == 302)
            Assert.InRange(looked, 0, 9);
        else
            Assert.Equal((429, 5), (answers[place].Status, looked));
    }

    private async Task CutLetsNonePassAsync(long customer)
    {
        using var shopper = await ShopperAsync(customer);
        using var admin = await SignedInAsync("admin@example.com");
        var page = await shopper.GetAsync("/checkout");
        var path = $"/admin/customers/{customer}/limit";
        var cut = await admin.SubmitAsync(
            await admin.GetAsync(path), $"main form[action='{path}?handler=Check']", ("window", "lifetime"), ("limitAfter", "200"), ("reason", "As asked"));

        var place = _random.Next(Together);
        var (shoppers, admins) = (CookiesOf(shopper), CookiesOf(admin));
        var answers = await ReleaseAsync(Enumerable.Range(0, Together).Select(i => i == place
            ? (Shopper.Request(cut, $"main form[action='{path}']", ("understood", "200.00")), admins)
            : (Order(page), shoppers)));

        var changed = answers[place];
        Assert.True(changed.IsBusy || changed.Status == 303, $"{changed}");
        await BoughtAsAnsweredAsync(customer, [.. answers.Where((_, i) => i != place)]);
        Assert.Equal(changed.Status == 303 ? 200 : 500, await ScalarAsync<decimal>(
            "SELECT limit_amount FROM store.customer_purchased_amount WHERE customer_id = @customer", new { customer }));
        // None above the limit of its moment, and none refused that would have fitted.
        Assert.Empty(await QueryAsync<long>(
            """
            SELECT sequence_number
            FROM store.customer_event
            WHERE customer_id = @customer
              AND (kind = 'purchase_confirmed' AND amount_after + held_after > limit_at_time
                   OR kind = 'purchase_refused' AND amount_before + held_before + amount <= limit_at_time)
            """, new { customer }));
    }

    /// <summary>A few rounds of one race, each of a customer of its own.</summary>
    private async Task RaceAsync(string what, Func<long, Task> race)
    {
        var started = Stopwatch.GetTimestamp();
        var isOver = false;
        _outcomes.Clear();
        try
        {
            for (var round = 0; round < s_rounds; round++)
                await race(++_customer);
            Assert.Empty(await QueryAsync<string>("SELECT detail FROM store.integrity_violation"));
            isOver = true;
        }
        finally
        {
            ProofRun.Add(new ProofTrial
            {
                Section = "Races over HTTP",
                What = what,
                Tried = _outcomes.Values.Sum(),
                Unit = "requests",
                Violations = isOver ? 0 : 1,
                Seed = s_seed,
                Outcomes = new Dictionary<string, long>(_outcomes),
                Took = Stopwatch.GetElapsedTime(started),
            });
        }
    }

    private async Task<Shopper> ShopperAsync(long customer)
    {
        var shopper = await SignedInAsync($"customer{customer}@example.com");
        await ExecuteAsync("INSERT INTO store.cart_line (customer_id, product_id, quantity) VALUES (@customer, 1, 1)", new { customer });
        return shopper;
    }

    private async Task<(Guid Purchase, WebPage Page)> RefundPageAsync(Shopper admin, long customer)
    {
        var request = await RequestAsync(customer, quantity: 2);
        using var store = NewStore();
        Assert.Equal(PurchaseOutcome.Confirmed, (await store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        return (request.PurchaseId, await admin.GetAsync($"/admin/purchases/{customer}/{request.PurchaseId:D}/refund"));
    }

    private Task<IReadOnlyList<decimal>> RefundsAsync(Guid purchase) =>
        QueryAsync<decimal>("SELECT amount FROM store.refund WHERE purchase_id = @purchase", new { purchase });

    /// <summary>The customer has bought what the answers say, and no more; who was told "over your limit" is on record as refused.</summary>
    private async Task BoughtAsAnsweredAsync(long customer, IReadOnlyList<RawAnswer> answers)
    {
        Assert.All(answers, answer => Assert.True(answer.IsBusy || answer.Status is 303 or 422, $"{answer}"));
        Assert.Equal(
            answers.Where(answer => answer.Status == 303).Select(answer => answer.Location).Order(StringComparer.Ordinal),
            (await QueryAsync<Guid>("SELECT purchase_id FROM store.purchase WHERE customer_id = @customer AND status = 'confirmed'", new { customer }))
                .Select(key => $"/purchases/{key:D}").Order(StringComparer.Ordinal));
        Assert.Equal(20m * answers.Count(answer => answer.Status == 303), await BoughtAsync(customer));
        Assert.Equal(answers.Count(answer => answer.Status == 422), await ScalarAsync<long>(
            "SELECT count(*) FROM store.purchase WHERE customer_id = @customer AND status = 'refused'", new { customer }));
    }

    private static HttpRequestMessage Order(WebPage page) => Shopper.Request(page, OrderForm, ("purchase_id", Guid.CreateVersion7().ToString("D")));

    private static HttpRequestMessage Guess(WebPage page, long customer, string password) =>
        Shopper.Request(page, "form[action='/sign-in']", ("email", $"customer{customer}@example.com"), ("password", password));

    private static string Field(WebPage page, string form, string name) => page.Document.QuerySelector($"{form} input[name='{name}']")!.GetAttribute("value")!;

    private string CookiesOf(Shopper shopper) => shopper.Cookies.GetCookieHeader(Web.Address);

    private Task<RawAnswer[]> ReleaseAsync(Shopper shopper, IEnumerable<HttpRequestMessage> requests)
    {
        var cookies = CookiesOf(shopper);
        return ReleaseAsync(requests.Select(request => (request, cookies)));
    }

    private async Task<RawAnswer[]> ReleaseAsync(IEnumerable<(HttpRequestMessage Request, string Cookies)> requests)
    {
        Uri[] servers = [Web.Address, _other.Address];
        var held = await Task.WhenAll(requests.Select((request, i) => HeldRequest.SendAsync(servers[i % servers.Length], request.Request, request.Cookies)));
        var answers = await HeldRequest.ReleaseAsync(held);
        foreach (var request in held)
            request.Dispose();
        foreach (var answer in answers)
        {
            var name = answer.Status.ToString(CultureInfo.InvariantCulture);
            _outcomes[name] = _outcomes.GetValueOrDefault(name) + 1;
        }

        return answers;
    }
}
