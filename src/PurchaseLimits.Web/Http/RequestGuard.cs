using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Primitives;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// Refuses what no page could make sense of, before one sees it: a body that is too large (413), a form that cannot be
/// read, and text that PostgreSQL cannot hold or that hides what it says (400).
/// </summary>
public static class RequestGuard
{
    /// <summary>Bytes. The largest form here is a checkout of 100 lines, about 12 kB. A page may say otherwise: <see cref="LargeBodyAttribute"/>.</summary>
    public const long MaxBodySize = 64 * 1024;

    public static void UseRequestGuard(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        // The page that says so runs through here again, with the same request.
        var isThatPage = context.Features.Get<IStatusCodeReExecuteFeature>() is not null
                         || context.Features.Get<IExceptionHandlerFeature>() is not null;
        if (isThatPage)
            await next(context);
        else if (await RefusalOrNullAsync(context.Request) is { } statusCode)
            Refuse(context, statusCode);
        else
            await next(context);
    });

    /// <summary>Line breaks and tabs are fine; other control characters, half a surrogate pair, and marks that turn the direction of writing are not.</summary>
    public static bool IsReadable(string? text)
    {
        for (var i = 0; i < text?.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c) && i + 1 < text.Length && char.IsLowSurrogate(text[i + 1]))
                i++;
            else if (char.IsSurrogate(c) || (char.IsControl(c) && c is not ('\r' or '\n' or '\t'))
                     || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\u200E' or '\u200F' or '\u061C' or '\uFFFD')
                return false;
        }

        return true;
    }

    private static async Task<int?> RefusalOrNullAsync(HttpRequest request)
    {
        var maxBodySize = request.HttpContext.GetEndpoint()?.Metadata.GetMetadata<IRequestSizeLimitMetadata>()?.MaxRequestBodySize ?? MaxBodySize;
        if (request.ContentLength > maxBodySize)
            return StatusCodes.Status413PayloadTooLarge;

        IEnumerable<KeyValuePair<string, StringValues>> values = request.Query;
        try
        {
            if (request.HasFormContentType)
                values = values.Concat(await request.ReadFormAsync());
        }
        catch (BadHttpRequestException exception)
        {
            // Kestrel's own limit, for a body that did not say how large it is.
            return exception.StatusCode;
        }
        // Damaged, or in an encoding that nobody should use.
        catch (Exception exception) when (exception is InvalidDataException or IOException or NotSupportedException or ArgumentException)
        {
            return StatusCodes.Status400BadRequest;
        }

        return values.All(pair => IsReadable(pair.Key) && pair.Value.All(IsReadable)) ? null : StatusCodes.Status400BadRequest;
    }

    private static void Refuse(HttpContext context, int statusCode)
    {
        // What could not be read must not be read again by the page that says so.
        context.Request.Form = FormCollection.Empty;
        context.Response.StatusCode = statusCode;
    }
}
