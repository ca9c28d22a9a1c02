namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>Nobody buys: a page is read, to the end.</summary>
internal sealed class PageVisits(ComparedDatabase database, string name, string does, string path, bool signedIn) : IContender
{
    public const string Shop = "shop page", Empty = "empty page", SignedInSuffix = ", signed in";

    private WebUnderTest? _web;
    private Browser? _browser;

    /// <summary>The shop and the empty page, for visitors and for a customer.</summary>
    public static IReadOnlyList<IContender> All(ComparedDatabase database) =>
    [
        new PageVisits(database, Shop, "GET / by a visitor without a cookie: it is kept for a second.", "/", signedIn: false),
        new PageVisits(database, Empty, "GET /benchmarks/empty by a visitor.", "/benchmarks/empty", signedIn: false),
        new PageVisits(database, Shop + SignedInSuffix, "GET / by a customer: nothing is kept.", "/", signedIn: true),
        new PageVisits(database, Empty + SignedInSuffix, "GET /benchmarks/empty by a customer: the header reads what is left and what is in the cart.", "/benchmarks/empty", signedIn: true),
    ];

    public string Name => name;

    public string Does => does;

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
