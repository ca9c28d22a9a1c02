using System.ComponentModel.DataAnnotations;

namespace PurchaseLimits.Web.Operating;

/// <summary>The <c>Shutdown</c> section of the settings: what happens between SIGTERM and the end.</summary>
public sealed class ShutdownOptions
{
    /// <summary>
    /// How long the process goes on taking requests after it stopped being ready, so that whoever sends it some can notice.
    /// Null: 2 s, in Development none.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:05:00", ErrorMessage = "Shutdown:Delay must be between 00:00:00 and 00:05:00.")]
    public TimeSpan? Delay { get; init; }

    /// <summary>
    /// How long what is under way then may take. A purchase tries for 5 s (<see cref="RetryPolicy.Deadline"/>), its last try may
    /// take 9 s more, and one in doubt is asked about once again: what is cut off before that is in doubt for its customer.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:15", "00:10:00", ErrorMessage = "Shutdown:Timeout must be between 00:00:15 and 00:10:00.")]
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(25);

    public TimeSpan DelayIn(IHostEnvironment environment) =>
        Delay ?? (environment.IsDevelopment() ? TimeSpan.Zero : TimeSpan.FromSeconds(2));
}
