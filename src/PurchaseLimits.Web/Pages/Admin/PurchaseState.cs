using System.Globalization;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>By which states admins may list purchases. <see cref="PurchaseStatus"/> has their names.</summary>
public static class PurchaseState
{
    /// <summary>A choice of purchases.</summary>
    /// <param name="Words">As the page says it.</param>
    /// <param name="Condition">SQL about <c>p</c>, a purchase. Never from a request, which only names a key.</param>
    /// <param name="WithUndecided">Whether what no worker has decided yet belongs to it.</param>
    public sealed record Filter(string Words, string Condition, bool WithUndecided = false);

    public const string All = "all";
    public const string Processing = "processing";
    public const string AwaitingApproval = "awaiting-approval";
    public const string PastDeadline = "past-deadline";

    /// <summary>
    /// What <c>?status=</c> may say, in the order of the page. Those that wait are found through the small index of what may expire, hence the test
    /// of <c>expires_at</c>, which says nothing new.
    /// </summary>
    public static IReadOnlyDictionary<string, Filter> Filters { get; } = new Dictionary<string, Filter>
    {
        [All] = new("All", "true", WithUndecided: true),
        [Processing] = new(PurchaseStatus.Names["processing"], "p.status = 'processing' AND p.expires_at IS NOT NULL", WithUndecided: true),
        [AwaitingApproval] = new(PurchaseStatus.Names["awaiting_approval"], "p.status = 'awaiting_approval' AND p.expires_at IS NOT NULL"),
        [PastDeadline] = new("Past deadline", "p.expires_at <= statement_timestamp()"),
        ["confirmed"] = new(PurchaseStatus.Names["confirmed"], "p.status = 'confirmed'"),
        ["partly-refunded"] = new(PurchaseStatus.Names["partly_refunded"], "p.status = 'partly_refunded'"),
        ["refunded"] = new(PurchaseStatus.Names["refunded"], "p.status = 'refunded'"),
        ["refused"] = new(PurchaseStatus.Names["refused"], "p.status = 'refused'"),
        ["cancelled"] = new(PurchaseStatus.Names["cancelled"], "p.status = 'cancelled'"),
        ["expired"] = new(PurchaseStatus.Names["expired"], "p.status = 'expired'"),
    };

    /// <summary>For a customer's page: all that waits for something.</summary>
    public static Filter Waiting { get; } = new("Waiting", "p.expires_at IS NOT NULL", WithUndecided: true);

    /// <summary>For a customer's page, which lists refusals by themselves.</summary>
    public static Filter NotRefused { get; } = new("Not refused", "p.status <> 'refused'", WithUndecided: true);

    public static Filter Refused => Filters["refused"];

    /// <summary>12 s, 5 min, 3 h, 2 days: how long something waits, rounded down.</summary>
    public static string Words(TimeSpan age) => age switch
    {
        { TotalMinutes: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age.Seconds)} s"),
        { TotalHours: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{age.Minutes} min"),
        { TotalDays: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{age.Hours} h"),
        { Days: 1 } => "1 day",
        _ => string.Create(CultureInfo.InvariantCulture, $"{age.Days:#,##0} days"),
    };
}
