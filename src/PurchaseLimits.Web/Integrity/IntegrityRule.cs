using System.Globalization;

namespace PurchaseLimits.Web;

/// <summary>
/// A rule that must hold, for people. The one that proves it is a view named <c>store.integrity_i04_…</c>: workers find it by
/// that name, so a rule gets its proof by getting its view.
/// </summary>
/// <param name="Number">1 to 15.</param>
/// <param name="Words">What holds.</param>
/// <param name="ProvedBy">What proves the part that no data can show; null where the data shows all of it.</param>
public sealed record IntegrityRule(int Number, string Words, string? ProvedBy = null)
{
    public string Name => string.Create(CultureInfo.InvariantCulture, $"I{Number}");

    public static readonly IReadOnlyList<IntegrityRule> All =
    [
        new(1, "A purchase that was confirmed to its customer is recorded, and exactly once.",
            "That a customer was told so no table knows: the tests that kill the store while people buy prove that half."),
        new(2, "What was refused, cancelled or expired changed nothing but what was held for it.",
            "That a purchase which failed left nothing at all the tests that kill the store prove."),
        new(3, "No purchase ends above its customer’s limit."),
        new(4, "What is written in a customer’s row is the sum of that customer’s events: bought, held, limit, and each day’s, week’s, month’s and year’s."),
        new(5, "Each customer’s events are numbered 1, 2, 3 and so on, none missing."),
        new(6, "Each event begins where the one before it ended."),
        new(7, "Refunds never exceed the purchase, and each is paid once."),
        new(8, "What was answered before another request began comes before it in the ledger.",
            "The ledger shows that time never runs backwards in it; in what order answers came the tests of many buyers at once prove."),
        new(9, "Who was told of a purchase sees it on the next page.",
            "What a page showed no table knows: the tests of many buyers at once prove it."),
        new(10, "Reports say what the events say, as of the moment they name."),
        new(11, "A purchase costs the prices that held when its page was shown, never more than the page said."),
        new(12, "Every decision used the limit that was in force at that moment."),
        new(13, "Every change of a limit says who, when, from what to what, and why."),
        new(14, "The same order, sent twice, has the same answer."),
        new(15, "Nothing is held longer than its deadline."),
    ];

    /// <summary>Customers that these find are frozen: row and ledger differ.</summary>
    public static bool Freezes(string name) => name is "I4" or "I5" or "I6";
}
