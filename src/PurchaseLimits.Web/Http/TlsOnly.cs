using PurchaseLimits.Web.Operating;

namespace PurchaseLimits.Web.Http;

public static class TlsOnly
{
    /// <summary>
    /// Outside Development every cookie is for TLS only, so without TLS no form could work: such a request is sent to the
    /// HTTPS address where one is known, and told so where none is. What is asked below <see cref="HealthAnswer.Folder"/> is answered.
    /// </summary>
    public static void UseTlsOnly(this IApplicationBuilder app) =>
        app.UseWhen(context => !context.Request.Path.StartsWithSegments(HealthAnswer.Folder), app => app.RequireTls());

    private static void RequireTls(this IApplicationBuilder app)
    {
        app.UseHsts();
        app.UseHttpsRedirection();
        app.Use((context, next) =>
        {
            if (context.Request.IsHttps)
                return next(context);
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
            return context.Response.WriteAsync("This store is served over HTTPS only.");
        });
    }
}
