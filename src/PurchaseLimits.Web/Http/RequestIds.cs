using System.Diagnostics;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// One id for each request: in its answer's X-Request-Id, on the page that says that something failed, and with every line that
/// it leaves in the log. It is the trace's id, or the one that a known proxy gave it.
/// </summary>
public static class RequestIds
{
    public const string Header = "X-Request-Id";

    /// <summary>Its name in the log.</summary>
    public const string Scope = "Request";

    // With words, so that whoever prints a scope as text has them too.
    private static readonly Func<ILogger, string, IDisposable?> s_scope = LoggerMessage.DefineScope<string>($"{Scope}:{{{Scope}}}");

    /// <summary>Before <see cref="Proxies.UseProxies"/>, which changes who seems to ask.</summary>
    public static void UseRequestIds(this WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<ProxyOptions>>().Value.Networks;
        app.Use(async (context, next) =>
        {
            var isFromProxy = Proxies.Contain(proxies, context.Connection.RemoteIpAddress);
            context.TraceIdentifier = isFromProxy && context.Request.Headers[Header] is [{ } given] && IsWellFormed(given) ? given : NewId(isFromProxy);
            context.Response.OnStarting(() =>
            {
                context.Response.Headers[Header] = context.TraceIdentifier;
                return Task.CompletedTask;
            });
            // The server's own scope has a RequestId that nobody outside knows.
            using (s_scope(app.Logger, context.TraceIdentifier))
                await next(context);
        });
    }

    /// <summary>8 to 64 letters, digits, dots, dashes and underscores of ASCII.</summary>
    public static bool IsWellFormed(string id) =>
        id.Length is >= 8 and <= 64 && id.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_');

    // Whoever sends a traceparent chooses the trace's id; a visitor must not give two requests the same name.
    private static string NewId(bool isFromProxy) =>
        (Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity && (isFromProxy || activity.ParentId is null)
            ? activity.TraceId
            : ActivityTraceId.CreateRandom()).ToHexString();
}
