namespace PurchaseLimits.Web.Pages.Admin.Reports;

/// <summary>A page of reports.</summary>
/// <param name="Page">Its name.</param>
/// <param name="Title">What it is called.</param>
/// <param name="Says">What one learns there.</param>
/// <param name="Reports">What it reads, as the database names it.</param>
public sealed record ReportPage(string Page, string Title, string Says, params string[] Reports)
{
    public static readonly ReportPage Sales = new("/Admin/Reports/Sales", "Sales",
        "What was sold, day by day and by category.", "sales_by_day", "sales_by_category");

    public static readonly ReportPage Products = new("/Admin/Reports/Products", "Products",
        "Which products sell best.", "sales_by_product");

    public static readonly ReportPage Spend = new("/Admin/Reports/Spend", "Spend by customer",
        "What each customer bought, and how much of the lifetime limit that is.", "customer_spend");

    public static readonly ReportPage Refusals = new("/Admin/Reports/Refusals", "Refusals",
        "What limits refused, and the money that was lost by it.", "refusals_by_limit", "refusals_by_product", "customer_spend");

    public static readonly ReportPage Windows = new("/Admin/Reports/Windows", "Window limits",
        "Who is near a limit for a day, a week, a month or a year.", "limit_use");

    public static readonly ReportPage LimitChanges = new("/Admin/Reports/LimitChanges", "Limit changes",
        "Who raised and cut limits, and by how much.", "limit_changes");

    public static readonly ReportPage Refunds = new("/Admin/Reports/Refunds", "Refunds",
        "What was given back, and by whom.", "refunds");

    public static readonly ReportPage Waiting = new("/Admin/Reports/Waiting", "Processing times",
        "How long purchases waited for a price or for an admin.", "waiting_times");

    public static IReadOnlyList<ReportPage> All { get; } = [Sales, Products, Spend, Refusals, Windows, LimitChanges, Refunds, Waiting];

    /// <summary>Refusals by limit.</summary>
    public static string Words(string reportName) => $"{char.ToUpperInvariant(reportName[0])}{reportName[1..].Replace('_', ' ')}";
}
