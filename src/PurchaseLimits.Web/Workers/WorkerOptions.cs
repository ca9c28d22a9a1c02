using System.ComponentModel.DataAnnotations;

namespace PurchaseLimits.Web;

/// <summary>The <c>Workers</c> section of the settings.</summary>
public sealed class WorkerOptions
{
    /// <summary>Whether this process does background work. Any number of processes may; none must, as long as one does.</summary>
    public bool Enabled { get; init; } = true;

    /// <summary>How often an idle worker looks for work that nobody in this process told it of.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "00:10:00", ErrorMessage = "Workers:PollInterval must be between 00:00:00.05 and 00:10:00.")]
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(1);
}
