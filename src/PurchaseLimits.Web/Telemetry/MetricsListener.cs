using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;

namespace PurchaseLimits.Web.Telemetry;

/// <summary>
/// <c>/metrics</c> for Prometheus on <see cref="TelemetryOptions.MetricsPort"/>, by a server of its own: that port has nothing else,
/// the store's have no metrics whatever a request says its host is, and where the store listens is set as ever.
/// </summary>
internal sealed class MetricsListener(IServiceProvider services, IOptions<TelemetryOptions> options, ILoggerFactory logging)
    : IHostedService, IDisposable
{
    public const string Path = "/metrics";

    private KestrelServer? _server;

    /// <exception cref="IOException">The port cannot be had; the message names the setting.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (options.Value.MetricsPort is not { } port)
            return;

        var settings = new KestrelServerOptions { ApplicationServices = services, AddServerHeader = false };
        settings.Listen(IPAddress.Parse(options.Value.MetricsAddress), port);
        _server = new KestrelServer(
            Options.Create(settings), new SocketTransportFactory(Options.Create(new SocketTransportOptions()), logging), logging);
        try
        {
            await _server.StartAsync(new Application(Pipeline()), cancellationToken);
        }
        // In use, not allowed, or no address of this machine.
        catch (Exception exception) when (exception is IOException or System.Net.Sockets.SocketException)
        {
            throw new IOException($"Telemetry:MetricsPort: {options.Value.MetricsAddress}:{port} cannot be listened at. {exception.Message}", exception);
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => _server?.StopAsync(cancellationToken) ?? Task.CompletedTask;

    public void Dispose() => _server?.Dispose();

    private RequestDelegate Pipeline()
    {
        var pipeline = new ApplicationBuilder(services);
        pipeline.UseOpenTelemetryPrometheusScrapingEndpoint(
            services.GetRequiredService<MeterProvider>(),
            context => context.Request.Path == Path && HttpMethods.IsGet(context.Request.Method),
            path: null, configureBranchedPipeline: null, optionsName: null);
        pipeline.Run(context =>
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        });
        return pipeline.Build();
    }

    /// <summary>No hosting around it, so that being looked at is neither counted nor traced.</summary>
    private sealed class Application(RequestDelegate pipeline) : IHttpApplication<HttpContext>
    {
        public HttpContext CreateContext(IFeatureCollection contextFeatures) => new DefaultHttpContext(contextFeatures);

        public Task ProcessRequestAsync(HttpContext context) => pipeline(context);

        public void DisposeContext(HttpContext context, Exception? exception)
        {
        }
    }
}
