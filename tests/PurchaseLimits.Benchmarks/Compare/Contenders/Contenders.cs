namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>All of them, in the order of the tables.</summary>
public static class Contenders
{
    private static readonly Dictionary<string, Func<ComparedDatabase, IContender>> s_all = new()
    {
        ["floor"] = database => new Floor(database),
        ["store"] = database => new StorePurchases(database),
        ["http"] = database => new HttpCheckout(database, withPage: false),
        ["http-page"] = database => new HttpCheckout(database, withPage: true),
        ["deferred"] = database => new Deferred(database),
        ["statements"] = database => new Statements(database),
        ["optimistic"] = database => new Optimistic(database),
        ["efcore-version"] = database => new EntityFrameworkVersion(database),
        ["efcore-serializable"] = database => new EntityFrameworkSerializable(database),
        ["eventual"] = database => new Eventual(database),
    };

    public static IReadOnlyList<string> Names { get; } = [.. s_all.Keys];

    public static IContender Create(string name, ComparedDatabase database) => s_all[name](database);
}
