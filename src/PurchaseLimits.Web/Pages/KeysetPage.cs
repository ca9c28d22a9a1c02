using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>
/// Where a reader is in a list that is ordered by a number: before a key, after a key, or at its start. A list is paged by
/// key and not by count, so that its thousandth page costs what its first does and no new row shifts the others.
/// </summary>
public sealed record KeysetPosition(long? Before, long? After)
{
    /// <summary>Rows a page.</summary>
    public const int PageSize = 20;

    /// <summary>Reads <c>?before=</c> and <c>?after=</c>; false when either makes no sense or both are there.</summary>
    public static bool TryRead(string? before, string? after, out KeysetPosition position)
    {
        long beforeKey = 0, afterKey = 0;
        var isRead = (before is null || StrictInput.TryId(before, out beforeKey))
            && (after is null || StrictInput.TryId(after, out afterKey))
            && (before is null || after is null);
        position = new KeysetPosition(before is null ? null : beforeKey, after is null ? null : afterKey);
        return isRead;
    }

    /// <summary>Makes the page that was asked for.</summary>
    /// <param name="rows">In the order they are shown: a page and, where there are more in that direction, one row of the next.</param>
    /// <param name="size">Rows a page.</param>
    /// <param name="isDescending">Whether the list begins with the greatest key.</param>
    /// <param name="key">What the list is ordered by.</param>
    public KeysetPage<TRow> Cut<TRow>(IReadOnlyList<TRow> rows, int size, bool isDescending, Func<TRow, long> key)
    {
        var cameForward = (isDescending ? Before : After) is not null;
        var cameBack = (isDescending ? After : Before) is not null;
        var hasMore = rows.Count > size;
        if (hasMore)
            rows = [.. cameBack ? rows.Skip(1) : rows.Take(size)];

        // Where the reader came from there is something; on the other side there is when a row more was found.
        var hasPrevious = rows.Count > 0 && (cameBack ? hasMore : cameForward);
        var hasNext = rows.Count > 0 && (cameBack || hasMore);
        return new KeysetPage<TRow>(rows, hasPrevious ? key(rows[0]) : null, hasNext ? key(rows[^1]) : null);
    }
}

/// <summary>One page of rows.</summary>
/// <param name="Rows">In the order they are shown.</param>
/// <param name="PreviousKey">The first row's key, where rows come before it; else null.</param>
/// <param name="NextKey">The last row's key, where rows follow it; else null.</param>
public sealed record KeysetPage<TRow>(IReadOnlyList<TRow> Rows, long? PreviousKey, long? NextKey);

/// <summary>The model of the partial <c>_KeysetPager</c>: addresses, null where there is nothing to go to.</summary>
public sealed record KeysetPager(string? PreviousUrl, string PreviousText, string? NextUrl, string NextText);
