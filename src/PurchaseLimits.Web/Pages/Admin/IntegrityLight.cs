using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Whether the books are in order, in one line.</summary>
/// <param name="Class">Red, amber or green, by the class of a notice.</param>
/// <param name="Title">What it is.</param>
/// <param name="Sentence">What to do.</param>
public sealed record IntegrityLight(string Class, string Title, string Sentence)
{
    public static async Task<IntegrityLight> ReadAsync(StoreDataSources dataSources, IOptions<IntegrityOptions> options)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        var rules = await RuleReading.ReadAsync(connection);
        return Of(RulesState.Of(rules, options.Value.ProveEvery), await FreezeRow.CountAsync(dataSources.AdminPages));
    }

    /// <param name="state">What the last proofs say.</param>
    /// <param name="frozenCount">Customers that are frozen.</param>
    public static IntegrityLight Of(RulesState state, long frozenCount) => (state, frozenCount) switch
    {
        ({ Broken: > 0 }, _) => new("notice-bad", state.Broken == 1 ? "1 rule is broken" : $"{state.Broken} rules are broken",
            "An operator must look at once. The Integrity page says what breaks them."),
        (_, > 0) => new("notice-bad", frozenCount == 1 ? "1 customer is frozen" : $"{frozenCount} customers are frozen",
            "Row and ledger differ, or did. Nothing is sold to them until an operator has looked and an admin released them."),
        ({ Age: null }, _) => new("notice-warn", "Never proved", "No worker has proved the rules yet."),
        ({ Failed: > 0 } or { NeverProved: > 0 }, _) => new("notice-warn", "Not all rules are proved", "The Integrity page says which, and why not."),
        ({ IsTooOld: true }, _) => new("notice-warn", "The proof is too old", "No worker has proved the rules for long. Does one run?"),
        _ => new("notice-good", "All rules hold", "As of the last proof."),
    };
}
