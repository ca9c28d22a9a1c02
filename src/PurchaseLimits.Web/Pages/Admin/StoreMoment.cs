using System.Globalization;
using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// Moments that admins type, in the store's zone: the one in which its days begin. PostgreSQL turns them into moments, so that
/// a form and the rule that it is about cannot mean two.
/// </summary>
public static class StoreMoment
{
    private static readonly string[] s_dates = ["yyyy-MM-dd"];
    private static readonly string[] s_times = ["yyyy-MM-dd'T'HH:mm", "yyyy-MM-dd'T'HH:mm:ss"];

    // What a page can be asked about: far enough, and nothing that any calendar or database would choke on.
    private static readonly DateTime s_first = new(2000, 1, 1);
    private static readonly DateTime s_end = new(2200, 1, 1);

    /// <param name="Moment">Null where it was left empty, or where <see cref="Trouble"/> says what is wrong.</param>
    /// <param name="IsPast">It is not after now.</param>
    /// <param name="Trouble">A sentence for the field.</param>
    public sealed record Reading(DateTimeOffset? Moment, bool IsPast, string? Trouble);

    private sealed record Conversion
    {
        public string TimeZone { get; init; } = "";
        public DateTimeOffset Moment { get; init; }
        public bool IsSkipped { get; init; }
        public bool IsPast { get; init; }
    }

    /// <summary>Reads a date, or a date and a time to the minute or second.</summary>
    /// <param name="source">Whose rights read the store's zone.</param>
    /// <param name="text">As date and datetime-local inputs send it; empty: none.</param>
    /// <param name="isEnd">Of a date without a time: its end is meant, not its beginning.</param>
    public static async Task<Reading> ReadAsync(NpgsqlDataSource source, string? text, bool isEnd)
    {
        if (string.IsNullOrEmpty(text))
            return new Reading(null, false, null);
        var isDate = DateTime.TryParseExact(text, s_dates, CultureInfo.InvariantCulture, DateTimeStyles.None, out var typed);
        if ((!isDate && !DateTime.TryParseExact(text, s_times, CultureInfo.InvariantCulture, DateTimeStyles.None, out typed))
            || typed < s_first || typed >= s_end)
            return new Reading(null, false, "Write a date, like 2027-01-31, or a date and a time, like 2027-01-31T08:30.");

        if (isDate && isEnd)
            typed = typed.AddDays(1);
        await using var connection = await source.OpenConnectionAsync();
        var conversion = await connection.QuerySingleAsync<Conversion>(
            """
            SELECT s.time_zone,
                   m.moment,
                   m.moment AT TIME ZONE s.time_zone <> @typed::timestamp AS is_skipped,
                   m.moment <= statement_timestamp() AS is_past
            FROM store.store_setting s
            CROSS JOIN LATERAL store.first_moment(@typed::timestamp, s.time_zone) AS m (moment)
            WHERE s.store_setting_id = 1
            """,
            new { typed = typed.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) });
        // Midnight may be skipped too: a day begins with what comes behind it.
        return conversion.IsSkipped && !isDate
            ? new Reading(null, false, $"There is no such time in {conversion.TimeZone} that day: its clocks are set forward past it. Choose another.")
            : new Reading(conversion.Moment, conversion.IsPast, null);
    }

    /// <summary>The store's zone, as pages name it beside a field.</summary>
    public static async Task<string> ZoneAsync(NpgsqlDataSource source)
    {
        await using var connection = await source.OpenConnectionAsync();
        return await connection.QuerySingleAsync<string>("SELECT s.time_zone FROM store.store_setting s WHERE s.store_setting_id = 1");
    }

    /// <summary>What <see cref="ReadAsync"/> reads back as an end: the last day of a limit that ends at midnight, else when it ends, to the second.</summary>
    /// <param name="shown">The end on the clocks of the store's zone; null: none.</param>
    public static string EndText(DateTime? shown) => shown switch
    {
        null => "",
        { TimeOfDay.Ticks: 0 } midnight => midnight.AddDays(-1).ToString(s_dates[0], CultureInfo.InvariantCulture),
        { } other => other.ToString(s_times[1], CultureInfo.InvariantCulture),
    };

    /// <summary>Which kind of input shows such a text.</summary>
    public static string InputType(string? text) => text?.Contains('T', StringComparison.Ordinal) == true ? "datetime-local" : "date";
}
