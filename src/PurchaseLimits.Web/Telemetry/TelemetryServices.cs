using System.Reflection;
using Npgsql;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using PurchaseLimits.Web.Operating;

namespace PurchaseLimits.Web.Telemetry;

public static class TelemetryServices
{
    private const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static readonly string[] s_otlpHeaders = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_METRICS_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"];

    /// <summary>
    /// Metrics and traces: over OTLP where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> says, metrics for Prometheus where
    /// <see cref="TelemetryOptions.MetricsPort"/> does. With neither nothing is collected.
    /// </summary>
    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        var options = services.AddSettings<TelemetryOptions>("Telemetry")
            .Validate<IConfiguration>((_, settings) => IsNoneOrAddress(settings[OtlpEndpoint]),
                $"{OtlpEndpoint} must be an address that begins with http:// or https://.");
        foreach (var headers in s_otlpHeaders)
            options.Validate<IConfiguration>((_, settings) => AreHeaders(settings[headers]), $"{headers} must be headers like name=value,name=value.");
        services.AddSingleton<StoreMetrics>();
        services.AddHostedService<StoreGauges>();

        var sends = !string.IsNullOrWhiteSpace(builder.Configuration[OtlpEndpoint]);
        // What is no port is refused when settings are checked.
        var serves = !string.IsNullOrWhiteSpace(builder.Configuration["Telemetry:MetricsPort"]);
        if (!sends && !serves)
            return;

        var telemetry = services.AddOpenTelemetry().ConfigureResource(resource => resource
            .AddService("purchase-limits", serviceVersion: Version)
            // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES have the last word.
            .AddEnvironmentVariableDetector());
        telemetry.WithMetrics(metrics =>
        {
            metrics.AddMeter(StoreMetrics.MeterName, "System.Runtime").AddAspNetCoreInstrumentation().AddNpgsqlInstrumentation();
            if (sends)
                metrics.AddOtlpExporter();
            if (serves)
                metrics.AddPrometheusExporter();
        });
        if (serves)
            services.AddHostedService<MetricsListener>();
        if (sends)
            telemetry.WithTracing(traces => traces
                .AddSource(StoreTraces.SourceName)
                .AddNpgsql()
                .AddInstrumentation(StoreTraces.HideMessages)
                .AddAspNetCoreInstrumentation(requests =>
                {
                    requests.Filter = context => !context.Request.Path.StartsWithSegments("/health");
                    requests.EnrichWithHttpResponse = StoreTraces.HideAddress;
                })
                .AddOtlpExporter());
    }

    private static string Version => typeof(TelemetryServices).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    private static bool AreHeaders(string? headers) => string.IsNullOrWhiteSpace(headers)
        || headers.Split(',', StringSplitOptions.RemoveEmptyEntries).All(header => header.Trim().IndexOf('=', StringComparison.Ordinal) > 0);

    private static bool IsNoneOrAddress(string? endpoint) => string.IsNullOrWhiteSpace(endpoint)
        || (Uri.TryCreate(endpoint, UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps));
}
