using System.ComponentModel.DataAnnotations;

namespace PurchaseLimits.Web.Accounts;

/// <summary>The <c>Accounts</c> section of the settings.</summary>
public sealed class AccountOptions
{
    /// <summary>How long an admin's password counts as entered recently: see <see cref="RequiresRecentPasswordAttribute"/>.</summary>
    [Range(typeof(TimeSpan), "00:00:10", "12:00:00", ErrorMessage = "Accounts:RecentPassword must be between 00:00:10 and 12:00:00.")]
    public TimeSpan RecentPassword { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// Forms of sign-in, registering, a forgotten and a new password that one address may send to one web process in a minute; 0: as many
    /// as it likes. Behind a proxy that <c>Proxies:Known</c> does not name, all visitors have one address.
    /// </summary>
    [Range(0, 100_000, ErrorMessage = "Accounts:AttemptsPerMinute must be between 0 and 100000.")]
    public int AttemptsPerMinute { get; init; } = 60;
}
