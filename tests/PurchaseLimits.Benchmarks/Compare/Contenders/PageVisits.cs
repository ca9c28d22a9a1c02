namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>Nobody buys: a page is read, to the end.</summary>
internal sealed class PageVisits(ComparedDatabase database, string name, string path, bool signedIn) : IContender
{
    public const string Shop = "shop page", Empty = "empty page", SignedInSuffix = ", signed in";

    private WebUnderTest? _web;
    private Browser? _browser;

    /// <summary>The shop and the empty page, for visitors and for a customer.</summary>
    public static IReadOnlyList<IContender> All(ComparedDatabase database) =>
    [
        new PageVisits(database, Shop, "/", signedIn: false),
        new PageVisits(database, Empty, "/benchmarks/empty", signedIn: false),
        new PageVisits(database, Shop + SignedInSuffix, "/", signedIn: true),
        new PageVisits(database, Empty + SignedInSuffix, "/benchmarks/empty", signedIn: true),
    ];

    public string Name => name;

    public string Does => signedIn ? $"GET {path} by a customer: the header reads what is left and what is in the cart." : $"GET {path} by a visitor without a cookie: the shop's is kept for a second.";

    public long? Retries => null;

    public long? OtherTrips => null;

    public string Accounts => StorePurchases.StoreAccounts;

    public TimeSpan OwnProcessor => _web?.Processor ?? TimeSpan.Zero;

    public async Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say)
    {
        _web = await database.WebAsync();
        if (signedIn)
            await database.AddSignInsAsync([customers[0]]);
        _browser = signedIn
            ? await Browser.SignInAsync(_web.Client, ComparedDatabase.EmailOf(customers[0]))
            : Browser.Anonymous(_web.Client);
    }

    public async Task<Answer> BuyAsync(Order order)
    {
        await _browser!.GetAsync(path);
        return Answer.Bought;
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
