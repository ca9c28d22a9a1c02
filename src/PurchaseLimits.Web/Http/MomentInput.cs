using System.Globalization;

namespace PurchaseLimits.Web.Http;

/// <summary>Moments of prices, as people type them: in UTC, and the pages say so. Those of limits are in the store's zone.</summary>
public static class MomentInput
{
    /// <summary>As <c>&lt;input type="datetime-local"&gt;</c> sends it, with or without seconds: 2027-01-31T08:30.</summary>
    public static bool TryTyped(string? text, out DateTimeOffset moment) =>
        DateTimeOffset.TryParseExact(text, ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"], CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out moment);

    /// <summary>ISO 8601 in UTC, to the minute, the second or the microsecond, with its Z: 2027-01-31T08:30:00Z.</summary>
    public static bool TryIso(string? text, out DateTimeOffset moment) =>
        DateTimeOffset.TryParseExact(text,
            ["yyyy-MM-dd'T'HH:mm'Z'", "yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:ss.FFFFFF'Z'"],
            CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out moment);
}
