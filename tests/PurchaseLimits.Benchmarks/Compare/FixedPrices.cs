namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>The two products that everybody sells. Their prices have been the same since before the history began.</summary>
public static class FixedPrices
{
    public const long FirstProduct = 9_001, SecondProduct = 9_002;

    /// <summary>US dollars.</summary>
    public const decimal FirstPrice = 3.00m, SecondPrice = 2.00m;

    public const decimal Total = FirstPrice + SecondPrice;

    /// <summary>US dollars; what a customer may buy unless there is to be no end of it.</summary>
    public const decimal Limit = 500;

    /// <summary>US dollars; nobody reaches it, and every contender compares with it all the same.</summary>
    public const decimal RoomyLimit = 1_000_000_000;

    /// <summary>What is left to an almost full customer: four purchases.</summary>
    public const decimal Left = 4 * Total;

    public static readonly long[] Products = [FirstProduct, SecondProduct];
}
