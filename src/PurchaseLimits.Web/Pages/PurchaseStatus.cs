namespace PurchaseLimits.Web.Pages;

/// <summary>What a purchase can be, as people read it.</summary>
public static class PurchaseStatus
{
    /// <summary>Name by status, in the order in which lists offer them.</summary>
    public static IReadOnlyDictionary<string, string> Names { get; } = new Dictionary<string, string>
    {
        ["processing"] = "Processing",
        ["confirmed"] = "Confirmed",
        ["awaiting_approval"] = "Awaiting approval",
        ["refused"] = "Refused",
        ["cancelled"] = "Cancelled",
        ["expired"] = "Expired",
        ["partly_refunded"] = "Partly refunded",
        ["refunded"] = "Refunded",
    };
}
