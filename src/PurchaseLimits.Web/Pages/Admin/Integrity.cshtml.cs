using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Whether the books are in order: what the last proofs found, who is frozen, what waits.</summary>
public sealed class IntegrityModel(StoreDataSources dataSources, Store store, IOptions<IntegrityOptions> options) : PageModel
{
    public const string Address = "/admin/integrity";

    public IntegrityReading Reading { get; private set; } = null!;

    public RulesState State { get; private set; } = null!;

    /// <summary>Red, amber or green, by the class of a notice; and what it says.</summary>
    public (string Class, string Title, string Sentence) Light { get; private set; }

    public Task OnGetAsync() => ReadAsync();

    public async Task<IActionResult> OnPostProveAsync()
    {
        var reply = await store.RequestProofAsync(User.AdminActor());
        switch (reply.Outcome)
        {
            case ProofRequestOutcome.Requested or ProofRequestOutcome.AlreadyRequested:
                return new SeeOtherResult(Address);
            case ProofRequestOutcome.Busy:
                await ReadAsync();
                return this.PageBusy();
            case ProofRequestOutcome.InDoubt:
                await ReadAsync();
                return this.PageInDoubt();
            default:
                throw new InvalidOperationException($"request_proof ended as {reply.Outcome}.");
        }
    }

    private async Task ReadAsync()
    {
        Reading = await IntegrityReading.ReadAsync(dataSources);
        State = RulesState.Of(Reading.Rules, options.Value.ProveEvery);
        Light = (State, Reading.FrozenCount) switch
        {
            ({ Broken: > 0 }, _) => ("notice-bad", State.Broken == 1 ? "1 rule is broken" : $"{State.Broken} rules are broken",
                "An operator must look at once. What breaks them is below."),
            (_, > 0) => ("notice-bad", Reading.FrozenCount == 1 ? "1 customer is frozen" : $"{Reading.FrozenCount} customers are frozen",
                "Row and ledger differ, or did. Nothing is sold to them until an operator has looked and an admin released them."),
            ({ Age: null }, _) => ("notice-warn", "Never proved", "No worker has proved the rules yet."),
            ({ Failed: > 0 } or { NeverProved: > 0 }, _) => ("notice-warn", "Not all rules are proved", "Which, and why not, is below."),
            ({ IsTooOld: true }, _) => ("notice-warn", "The proof is too old", "No worker has proved the rules for long. Does one run?"),
            _ => ("notice-good", "All rules hold", "As of the proofs below."),
        };
    }
}
