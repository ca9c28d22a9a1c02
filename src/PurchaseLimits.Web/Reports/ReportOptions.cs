using System.ComponentModel.DataAnnotations;

namespace PurchaseLimits.Web;

/// <summary>The <c>Reports</c> section of the settings.</summary>
public sealed class ReportOptions
{
    // Times the schedule: what is older than that was missed twice.
    private const int OldAfter = 3;

    /// <summary>How often each report is refreshed, by whichever process comes first.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Reports:RefreshEvery must be between 00:00:01 and 1.00:00:00.")]
    public TimeSpan RefreshEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>A report older than this is shown as old.</summary>
    public TimeSpan OldAge => RefreshEvery * OldAfter;
}
