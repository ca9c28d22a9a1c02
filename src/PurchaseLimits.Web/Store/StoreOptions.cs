using System.ComponentModel.DataAnnotations;

namespace PurchaseLimits.Web;

/// <summary>The <c>Store</c> section of the settings.</summary>
public sealed class StoreOptions
{
    /// <summary>How many requests of one customer may wait in this process before the next one is told "busy".</summary>
    [Range(1, 10_000, ErrorMessage = "Store:MaxWaitingPerCustomer must be between 1 and 10000.")]
    public int MaxWaitingPerCustomer { get; init; } = 64;

    /// <summary>How old a page of the shop may be that a visitor without any cookie is shown. Zero: it is always made anew.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:01:00", ErrorMessage = "Store:VisitorPageAge must be between 00:00:00 and 00:01:00.")]
    public TimeSpan VisitorPageAge { get; init; } = TimeSpan.FromSeconds(1);
}
