using System.Diagnostics;
using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace PurchaseLimits.Web.Telemetry;

/// <summary>
/// Spans of this program, and what those of libraries must not say. No span names a person: not in its attributes, not in the
/// address of its page, not in the message of an error.
/// </summary>
internal static class StoreTraces
{
    public const string SourceName = "PurchaseLimits";

    public static readonly ActivitySource Source = new(SourceName);

    /// <summary>
    /// A round of background work. To be begun when there is something to do: a look that finds nothing is no span, and its
    /// statements are none either (<see cref="Configure"/>).
    /// </summary>
    /// <param name="work">What is done: <c>refresh reports</c>.</param>
    /// <param name="found">How much there was to do.</param>
    public static Activity? StartRound(string work, int? found = null)
    {
        var round = Source.StartActivity(work);
        if (found is not null)
            round?.SetTag("purchase_limits.found", found);
        return round;
    }

    /// <summary>Statements are spans as part of something that is one, so that idle workers leave none.</summary>
    public static void Configure(NpgsqlTracingOptionsBuilder tracing) => tracing
        .ConfigureCommandFilter(_ => Activity.Current is { Recorded: true })
        .ConfigureBatchFilter(_ => Activity.Current is { Recorded: true })
        .EnablePhysicalOpenTracing(false)
        .EnableFirstResponseEvent(false);

    /// <summary>
    /// The driver writes an exception into its span, and the server's messages may hold a customer's number or what somebody typed.
    /// What is written here takes the place of that.
    /// </summary>
    public static ActivityListener HideMessages()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == "Npgsql",
            ExceptionRecorder = static (Activity _, Exception exception, ref TagList tags) =>
            {
                tags.Add("exception.message", exception is PostgresException postgres ? $"SQLSTATE {postgres.SqlState}" : exception.GetType().Name);
                tags.Add("exception.stacktrace", exception.StackTrace);
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }

    /// <summary>The pattern of the page in place of the address, which may hold a customer's number: <c>/admin/customers/{customerId}</c>.</summary>
    public static void HideAddress(Activity activity, HttpResponse response)
    {
        var features = response.HttpContext.Features;
        // Of a page that says what went wrong: the one where it did.
        var endpoint = features.Get<IExceptionHandlerFeature>()?.Endpoint
                       ?? features.Get<IStatusCodeReExecuteFeature>()?.Endpoint
                       ?? response.HttpContext.GetEndpoint();
        var pattern = (endpoint as RouteEndpoint)?.RoutePattern.RawText;
        activity.SetTag("url.path", pattern is null ? null : $"/{pattern.TrimStart('/')}");
    }
}
