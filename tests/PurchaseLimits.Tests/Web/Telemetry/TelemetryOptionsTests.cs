using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Telemetry;
using Xunit;

namespace PurchaseLimits.Tests.Web.Telemetry;

public sealed class TelemetryOptionsTests(PostgresServer server) : StoreTest(server)
{
    [Theory]
    [InlineData("Telemetry:MetricsPort", "0")]
    [InlineData("Telemetry:MetricsPort", "65536")]
    [InlineData("Telemetry:MetricsPort", "metrics")]
    [InlineData("Telemetry:MetricsAddress", "everywhere")]
    [InlineData("Telemetry:ReadEvery", "00:00:00")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317")]
    [InlineData("OTEL_EXPORTER_OTLP_ENDPOINT", "/v1")]
    [InlineData("OTEL_EXPORTER_OTLP_HEADERS", "token")]
    [InlineData("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "api-key=1,token")]
    public void What_makes_no_sense_is_refused_by_name(string name, string value)
    {
        using var services = Builder((name, value)).Services.BuildServiceProvider();
        var refusal = Assert.Throws<StartupException>(() => StartupCheck.CheckSettings(services));

        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_neither_an_endpoint_nor_a_port_nothing_is_exported()
    {
        await using var services = Builder().Services.BuildServiceProvider();
        StartupCheck.CheckSettings(services);

        Assert.Null(services.GetService<OpenTelemetry.Metrics.MeterProvider>());
        Assert.Null(services.GetService<OpenTelemetry.Trace.TracerProvider>());
        await using var served = Builder(("Telemetry:MetricsPort", "9464")).Services.BuildServiceProvider();
        Assert.NotNull(served.GetService<OpenTelemetry.Metrics.MeterProvider>());
        Assert.Null(served.GetService<OpenTelemetry.Trace.TracerProvider>());
    }

    [Fact]
    public async Task A_port_that_is_taken_stops_the_start_and_is_named()
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        await using var app = Builder(("Telemetry:MetricsPort", $"{((IPEndPoint)taken.LocalEndpoint).Port}")).Build();

        var refusal = await Assert.ThrowsAsync<IOException>(() => app.StartAsync(Cancelled));

        Assert.StartsWith("Telemetry:MetricsPort: 127.0.0.1:", refusal.Message, StringComparison.Ordinal);
        await app.StopAsync(Cancelled);
    }

    private WebApplicationBuilder Builder(params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder([.. settings.Select(setting => $"--{setting.Name}={setting.Value}")]);
        builder.Logging.ClearProviders();
        foreach (var name in new[] { "Store", "Admin", "Worker" })
            builder.Configuration[$"ConnectionStrings:{name}"] = ConnectionString($"store_{(name == "Store" ? "web" : name.ToLowerInvariant())}");
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddStore(ConnectionString("store_web"), ConnectionString("store_admin"), ConnectionString("store_worker"));
        builder.AddTelemetry();
        return builder;
    }
}
