using System.Globalization;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

/// <summary>Which customers a list of shares shows, in which order, and where in it a reader is.</summary>
/// <remarks>A list is paged by what it is ordered by and the row's key, so that a row that moves at a refresh shifts no others.</remarks>
public sealed record ShareFilter
{
    public const int MaxSearchLength = 254;

    /// <summary>As addresses carry it.</summary>
    public sealed record Input
    {
        public string? Search { get; init; }
        public string? Use { get; init; }
        public string? Sort { get; init; }

        /// <summary>The last row of the page before: its value and key.</summary>
        public string? After { get; init; }
    }

    /// <summary>A part of a name, or a customer's number; null for everybody.</summary>
    public string? Search { get; private init; }

    public long? Number => StrictInput.TryId(Search, out var number) ? number : null;
    public string Use { get; private init; } = "all";
    public string Sort { get; private init; } = "share";
    public decimal? AfterValue { get; private init; }
    public string? AfterKey { get; private init; }

    public string? RouteUse => Use == "all" ? null : Use;
    public string? RouteSort => Sort == "share" ? null : Sort;

    /// <summary>Null where no page of ours asks like that.</summary>
    public static ShareFilter? ReadOrNull(Input query, IEnumerable<string> uses, IEnumerable<string> sorts, Func<string, bool> isKey)
    {
        var filter = new ShareFilter
        {
            Search = string.IsNullOrWhiteSpace(query.Search) ? null : query.Search.Trim(),
            Use = string.IsNullOrEmpty(query.Use) ? "all" : query.Use,
            Sort = string.IsNullOrEmpty(query.Sort) ? "share" : query.Sort,
        };
        if (filter.Search?.Length > MaxSearchLength || !uses.Contains(filter.Use) || !sorts.Contains(filter.Sort))
            return null;
        if (query.After is null)
            return filter;
        var space = query.After.IndexOf(' ', StringComparison.Ordinal);
        return space > 0 && space <= 20
            && decimal.TryParse(query.After[..space], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var value)
            && isKey(query.After[(space + 1)..])
            ? filter with { AfterValue = value, AfterKey = query.After[(space + 1)..] }
            : null;
    }

    public static string Position(decimal value, string key) => $"{value.ToString(CultureInfo.InvariantCulture)} {key}";
}
