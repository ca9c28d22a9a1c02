namespace PurchaseLimits.Web.Http;

public static class RefusalLog
{
    /// <summary>One line for each request that was refused for what was in it: who asks why a form "does not work" finds it here.</summary>
    public static void UseRefusalLog(this WebApplication app) => app.Use(async (context, next) =>
    {
        await next(context);
        // The path as it was asked for; what was typed is in the body or behind the question mark, and stays out of logs.
        if (context.Response.StatusCode is 400 or 405 or 409 or 413 or 415 or 422 or 429)
        {
            app.Logger.LogInformation("Refused {Method} {Path} with {StatusCode}",
                context.Request.Method, context.Request.Path, context.Response.StatusCode);
        }
    });
}
