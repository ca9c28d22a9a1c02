using System.ComponentModel.DataAnnotations;
using System.Net;

namespace PurchaseLimits.Web.Telemetry;

/// <summary>The <c>Telemetry</c> section of the settings. Where traces and metrics are sent to says <c>OTEL_EXPORTER_OTLP_ENDPOINT</c>.</summary>
public sealed class TelemetryOptions : IValidatableObject
{
    /// <summary>Where <c>/metrics</c> and nothing else is served, over HTTP, to whoever reaches it; null: nowhere.</summary>
    [Range(1, 65535, ErrorMessage = "Telemetry:MetricsPort must be between 1 and 65535.")]
    public int? MetricsPort { get; init; }

    /// <summary>The address of this machine that <see cref="MetricsPort"/> is opened at.</summary>
    public string MetricsAddress { get; init; } = "127.0.0.1";

    /// <summary>How often the database is asked for what only it knows, by one statement, as long as somebody wants to know.</summary>
    [Range(typeof(TimeSpan), "00:00:00.05", "01:00:00", ErrorMessage = "Telemetry:ReadEvery must be between 00:00:00.05 and 01:00:00.")]
    public TimeSpan ReadEvery { get; init; } = TimeSpan.FromSeconds(15);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!IPAddress.TryParse(MetricsAddress, out _))
            yield return new ValidationResult("Telemetry:MetricsAddress must be an IP address of this machine: 127.0.0.1, or 0.0.0.0 for all.");
    }
}
