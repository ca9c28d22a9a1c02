using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

/// <summary>A page of a report about some days: which days, of when its numbers are, and then the numbers.</summary>
public abstract class PeriodReportModel(StoreDataSources dataSources, IOptions<ReportOptions> options, ReportPage report) : PageModel
{
    public ReportHead Head { get; private set; } = null!;
    public ReportPeriod Period { get; private set; } = null!;
    public virtual PeriodPicker Picker => new(report.Page, Period);

    protected StoreDataSources DataSources => dataSources;

    /// <summary>The page: 400 where no page of ours asks like that, 422 with a sentence at the field that is wrong.</summary>
    /// <param name="query">The address's.</param>
    /// <param name="read">Reads the numbers, of the same moment as the head.</param>
    protected async Task<IActionResult> ShowAsync(ReportPeriod.Input query, Func<ReportSnapshot, Task> read)
    {
        if (await ReportPeriod.ReadOrNullAsync(dataSources, query, ModelState) is not { } period)
            return BadRequest();
        Period = period;
        await using var snapshot = await ReportSnapshot.OpenAsync(dataSources, HttpContext.RequestAborted);
        Head = await ReportHead.ReadAsync(dataSources, options.Value, report, snapshot);
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        await read(snapshot);
        return Page();
    }

    /// <summary>The days that a file is about; null where the address makes no sense.</summary>
    protected async Task<ReportPeriod?> FilePeriodOrNullAsync(ReportPeriod.Input query) =>
        await ReportPeriod.ReadOrNullAsync(dataSources, query, ModelState) is { } period && ModelState.IsValid ? period : null;
}
