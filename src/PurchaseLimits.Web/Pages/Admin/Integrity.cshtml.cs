using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;
using PurchaseLimits.Web.Pages.Admin.Reports;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Whether the books are in order: what the last proofs found, who is frozen, what waits.</summary>
public sealed class IntegrityModel(
    StoreDataSources dataSources, Store store, IOptions<IntegrityOptions> options, IOptions<ReportOptions> reports) : PageModel
{
    public const string Address = "/admin/integrity";

    public IntegrityReading Reading { get; private set; } = null!;

    public RulesState State { get; private set; } = null!;

    public IntegrityLight Light { get; private set; } = null!;

    public IReadOnlyList<ReportState> Reports { get; private set; } = [];

    public ReportAges ReportAges => new(Reports, reports.Value.OldAge);

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
        Light = IntegrityLight.Of(State, Reading.FrozenCount);
        Reports = await ReportState.ReadAsync(dataSources);
    }
}
