using System.Globalization;
using Dapper;

namespace PurchaseLimits.Web.Pages;

/// <summary>A customer's limits as they were at a moment that somebody typed, in the store's zone.</summary>
public sealed record AllowanceThen
{
    /// <summary>What was typed: 2026-11-24 (midnight, when that day began) or 2026-11-24T14:30.</summary>
    public required string At { get; init; }

    /// <summary>As <c>&lt;input type="datetime-local"&gt;</c> takes it.</summary>
    public string AtForInput => At.Length == "2026-11-24".Length ? $"{At}T00:00" : At;

    public DateTimeOffset? Moment { get; init; }

    /// <summary>Empty where the customer was not registered yet.</summary>
    public IReadOnlyList<AllowanceReading> Limits { get; init; } = [];

    /// <summary>Why there is nothing to show; null where there is.</summary>
    public string? Problem { get; init; }

    public static async Task<AllowanceThen> ReadAsync(StoreDataSources dataSources, long customerId, string at)
    {
        if (!DateTime.TryParseExact(at, ["yyyy-MM-dd", "yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"],
                CultureInfo.InvariantCulture, DateTimeStyles.None, out var shown)
            || shown.Year is < 1900 or > 9998)
        {
            return new AllowanceThen { At = "", Problem = "Write a day like 2026-11-24, with a time like 2026-11-24T14:30 if you like." };
        }

        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        var (moment, isFuture) = await connection.QuerySingleAsync<(DateTimeOffset, bool)>(
            """
            SELECT m.moment, m.moment > statement_timestamp()
            FROM store.store_setting s
            CROSS JOIN LATERAL store.first_moment(@shown, s.time_zone) AS m (moment)
            WHERE s.store_setting_id = 1
            """,
            new { shown });
        if (isFuture)
            return new AllowanceThen { At = at, Problem = "That has not come yet, and what you will have bought by then is not known. Write a moment that has passed." };

        var limits = (await connection.QueryAsync<AllowanceReading>(
            """
            SELECT c.window_name AS "window", c.amount, c.held, c.limit_amount, c.left_amount, c.over_by, c.resets_at
            FROM store.customer_as_of(@customerId, @moment) c
            JOIN store.limit_window w USING (window_name)
            ORDER BY w.position
            """,
            new { customerId, moment })).AsList();
        return new AllowanceThen
        {
            At = at,
            Moment = moment,
            Limits = limits,
            Problem = limits.Count == 0 ? "You were not registered then." : null,
        };
    }
}
