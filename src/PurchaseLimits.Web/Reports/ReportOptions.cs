using System.ComponentModel.DataAnnotations;

namespace PurchaseLimits.Web;

/// <summary>The <c>Reports</c> section of the settings.</summary>
public sealed class ReportOptions
{
    // Times the schedule: what is older than that was missed twice.
    private const int OldAfter = 3;

    /// <summary>How often each report is refreshed, by whichever process comes first. Zero: when an admin asks for it.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00", ErrorMessage = "Reports:RefreshEvery must be between 00:00:00 and 1.00:00:00.")]
    public TimeSpan RefreshEvery { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>As SQL takes it: null where there is no schedule.</summary>
    public TimeSpan? Schedule => RefreshEvery == TimeSpan.Zero ? null : RefreshEvery;

    /// <summary>A report older than this is shown as old: without a schedule none is.</summary>
    public TimeSpan OldAge => Schedule is { } every ? every * OldAfter : TimeSpan.FromDays(36_500);
}
