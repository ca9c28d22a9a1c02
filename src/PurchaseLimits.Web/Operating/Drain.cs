using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Operating;

/// <summary>
/// The way out: on SIGTERM <c>/health/ready</c> is 503 at once; requests are taken for <see cref="ShutdownOptions.Delay"/> more;
/// then no new connection is, what is under way is answered, workers finish the item that they are at, and the process exits with 0.
/// </summary>
public sealed class Drain(
    IHostApplicationLifetime lifetime, IHostEnvironment environment, IOptions<ShutdownOptions> options, ILogger<Drain> logger)
    : IHostedLifecycleService
{
    /// <summary>Comes before anything else stops, and after <see cref="IHostApplicationLifetime.ApplicationStopping"/> on a signal.</summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        // What never started, because its port was taken, has nobody to wait for.
        if (!lifetime.ApplicationStarted.IsCancellationRequested)
            return;
        var delay = options.Value.DelayIn(environment);
        logger.LogInformation("Stopping: not ready any more, requests are taken for {Delay} more", delay);
        // Where the time for all of it is over, the rest of the way out goes on.
        await Task.Delay(delay, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

public static class DrainServices
{
    public static void AddDrain(this IServiceCollection services)
    {
        services.AddSettings<ShutdownOptions>("Shutdown");
        services.AddHostedService<Drain>();
        services.AddOptions<HostOptions>().Configure<IOptions<ShutdownOptions>, IHostEnvironment>((host, options, environment) =>
        {
            // Workers stop while requests are answered: they would wait for the slowest visitor, and take new work meanwhile.
            host.ServicesStopConcurrently = true;
            try
            {
                host.ShutdownTimeout = options.Value.DelayIn(environment) + options.Value.Timeout;
            }
            catch (Exception exception) when (exception is OptionsValidationException or InvalidOperationException)
            {
                // The host asks while it is built, before SettingsCheck can say what is wrong with them.
            }
        });
    }

    /// <summary>While the process stops each answer is the last on its connection: the next one is made elsewhere.</summary>
    public static void UseDrain(this WebApplication app) => app.Use((context, next) =>
    {
        if (app.Lifetime.ApplicationStopping.IsCancellationRequested && HttpProtocol.IsHttp11(context.Request.Protocol))
            context.Response.Headers.Connection = "close";
        return next(context);
    });
}
