using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

public sealed class IndexModel(StoreDataSources dataSources, ReportRefreshes refreshes, IOptions<ReportOptions> options) : PageModel
{
    private ReportSnapshot _snapshot = null!;

    public sealed record Input
    {
        /// <summary>Which page of reports asked.</summary>
        public string? Back { get; init; }
    }

    public ReportHead Head { get; private set; } = null!;

    /// <summary>Of when a page's numbers are; null: one of its reports was never refreshed.</summary>
    public DateTimeOffset? AsOf(ReportPage page)
    {
        var moments = page.Reports.Select(_snapshot.AsOf).ToList();
        return moments.Contains(null) ? null : moments.Min();
    }

    public async Task OnGetAsync()
    {
        await using (_snapshot = await ReportSnapshot.OpenAsync(dataSources))
            Head = await ReportHead.ReadAsync(dataSources, options.Value, null, _snapshot);
    }

    public async Task<IActionResult> OnPostAsync([FromForm] Input form)
    {
        // Back to where the button was, on pages that have it.
        if (!Url.IsLocalUrl(form.Back) || !form.Back.All(char.IsAscii)
            || form.Back != "/admin" && !form.Back.StartsWith("/admin?", StringComparison.Ordinal) && !form.Back.StartsWith("/admin/reports", StringComparison.Ordinal))
            return BadRequest();

        await refreshes.RequestAsync(User.AdminActor());
        TempData["notice-good"] = "All reports are being refreshed. Their pages show the new numbers by themselves.";
        return new SeeOtherResult(form.Back);
    }
}
