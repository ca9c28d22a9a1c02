using System.ComponentModel.DataAnnotations;

namespace PurchaseLimits.Web;

/// <summary>The <c>Integrity</c> section of the settings.</summary>
public sealed class IntegrityOptions
{
    /// <summary>
    /// How often the rules are proved, from one beginning to the next. On a ledger so big that this would take more than a
    /// twentieth of the time it is done less often.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Integrity:ProveEvery must be between 00:00:01 and 1.00:00:00.")]
    public TimeSpan ProveEvery { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the proof of one rule may take before it is given up, which the Integrity page then says.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00", ErrorMessage = "Integrity:LongestProof must be between 00:00:01 and 1.00:00:00.")]
    public TimeSpan LongestProof { get; init; } = TimeSpan.FromHours(1);
}
