namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>How contenders without a rule of their own try again: soon, and never at the same moment as another.</summary>
internal static class Patience
{
    /// <summary>After so many tries a purchase is given up.</summary>
    public const int MaxTries = 100;

    private const int LongestWait = 50; // milliseconds

    /// <param name="failed">How many tries failed so far.</param>
    public static Task WaitAsync(int failed) => Task.Delay(Random.Shared.Next(Math.Min(2 << Math.Min(failed, 10), LongestWait) + 1));
}
