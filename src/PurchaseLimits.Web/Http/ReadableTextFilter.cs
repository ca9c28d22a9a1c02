using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Primitives;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// Refuses text that PostgreSQL cannot hold or that hides what it says: NUL and other control characters, half a
/// surrogate pair, marks that turn the direction of writing (facts 32). 400, before a page sees it.
/// </summary>
public sealed class ReadableTextFilter : IAsyncPageFilter
{
    public Task OnPageHandlerSelectionAsync(PageHandlerSelectedContext context) => Task.CompletedTask;

    public async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        var request = context.HttpContext.Request;
        IEnumerable<KeyValuePair<string, StringValues>> values = request.Query;
        if (request.HasFormContentType)
            values = values.Concat(await request.ReadFormAsync());

        if (values.Any(pair => !IsReadable(pair.Key) || pair.Value.Any(value => !IsReadable(value))))
            context.Result = new StatusCodeResult(StatusCodes.Status400BadRequest);
        else
            await next();
    }

    /// <summary>Line breaks and tabs are fine, other control characters and bidirectional overrides are not.</summary>
    public static bool IsReadable(string? text)
    {
        for (var i = 0; i < text?.Length; i++)
        {
            var c = text[i];
            if (char.IsHighSurrogate(c))
            {
                if (i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1]))
                    return false;
                i++;
            }
            else if (char.IsLowSurrogate(c)
                     || (char.IsControl(c) && c is not ('\r' or '\n' or '\t'))
                     || c is (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069') or '\uFFFD')
            {
                return false;
            }
        }

        return true;
    }
}
