using System.ComponentModel.DataAnnotations;

namespace PurchaseLimits.Web.Accounts;

/// <summary>The <c>Accounts</c> section of the settings.</summary>
public sealed class AccountOptions
{
    /// <summary>How long an admin's password counts as entered recently: see <see cref="RequiresRecentPasswordAttribute"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "12:00:00", ErrorMessage = "Accounts:RecentPassword must be between 00:00:10 and 12:00:00.")]
    public TimeSpan RecentPassword { get; init; } = TimeSpan.FromMinutes(10);
}
