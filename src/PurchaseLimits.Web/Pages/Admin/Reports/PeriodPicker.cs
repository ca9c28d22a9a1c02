namespace PurchaseLimits.Web.Pages.Admin.Reports;

/// <summary>For the partial <c>_PeriodPicker</c>.</summary>
/// <param name="Page">The page it leads to.</param>
/// <param name="Period">What is shown there now.</param>
/// <param name="Others">What else that page's address carries, to be kept.</param>
public sealed record PeriodPicker(string Page, ReportPeriod Period, IReadOnlyDictionary<string, string?> Others)
{
    public PeriodPicker(string page, ReportPeriod period)
        : this(page, period, new Dictionary<string, string?>())
    {
    }

    /// <summary>The address's parts for a period of <see cref="ReportPeriod.Presets"/>.</summary>
    public Dictionary<string, string?> RouteTo(string preset) =>
        new(Others) { ["period"] = preset == "30" ? null : preset, ["by"] = Period.RouteBy };

    /// <summary>The address's parts for what is shown.</summary>
    public Dictionary<string, string?> Route() =>
        new(Others) { ["period"] = Period.RoutePeriod, ["from"] = Period.RouteFrom, ["to"] = Period.RouteTo, ["by"] = Period.RouteBy };

    /// <summary>Where a file of what is shown is.</summary>
    public Dictionary<string, string?> RouteToFile(string handler) => new(Route()) { ["handler"] = handler };
}
