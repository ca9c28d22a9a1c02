using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using PurchaseLimits.Web.Pages.Charts;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

/// <summary>What a figure is added up by.</summary>
public enum ReportStep
{
    Day,
    Week,
    Month,
}

/// <summary>A day, or the days of a week or a month that are in the period.</summary>
public sealed record ReportSpan(DateOnly First, DateOnly Last, ReportStep Step)
{
    /// <summary>Tue 24 Nov 2026; 23 – 29 Nov 2026; Nov 2026.</summary>
    public string Label => Step switch
    {
        ReportStep.Day => Text(First, "ddd d MMM yyyy"),
        ReportStep.Month => Text(First, "MMM yyyy"),
        _ when First == Last => Text(First, "d MMM yyyy"),
        _ => $"{Text(First, First.Year != Last.Year ? "d MMM yyyy" : First.Month != Last.Month ? "d MMM" : "%d")} – {Text(Last, "d MMM yyyy")}",
    };

    public ChartPoint Point => new(Label, Text(First, Step == ReportStep.Month ? "MMM yyyy" : "d MMM"));

    private static string Text(DateOnly day, string format) => day.ToString(format, CultureInfo.InvariantCulture);
}

/// <summary>The days a report is about, in the store's zone, and the spans they are added up by.</summary>
public sealed record ReportPeriod
{
    /// <summary>Spans that one chart and one table show.</summary>
    public const int MaxSpans = 400;

    private const int MaxYears = 30;
    private const string Format = "yyyy-MM-dd";

    /// <summary>As addresses carry it.</summary>
    public sealed record Input
    {
        /// <summary>A key of <see cref="Presets"/>; what <see cref="From"/> and <see cref="To"/> say goes first.</summary>
        public string? Period { get; init; }

        /// <summary>The first and the last day: 2026-11-24.</summary>
        public string? From { get; init; }
        public string? To { get; init; }

        /// <summary>day, week or month; empty: as fits the period.</summary>
        public string? By { get; init; }
    }

    private sealed record Calendar
    {
        public DateTime Today { get; init; }
        public string TimeZone { get; init; } = "";
        public int WeekStartsOn { get; init; }
    }

    public static readonly IReadOnlyDictionary<string, string> Presets = new Dictionary<string, string>
    {
        ["7"] = "Last 7 days",
        ["30"] = "Last 30 days",
        ["90"] = "Last 90 days",
        ["month"] = "This month",
        ["last-month"] = "Last month",
        ["year"] = "This year",
    };

    public Input Query { get; private init; } = new();

    /// <summary>A key of <see cref="Presets"/>; null: other days.</summary>
    public string? Preset { get; private init; }

    public DateOnly From { get; private init; }
    public DateOnly To { get; private init; }
    public ReportStep Step { get; private init; }
    public string TimeZone { get; private init; } = "";
    public DateOnly Today { get; private init; }

    /// <summary>All of them, also those on which nothing happened.</summary>
    public IReadOnlyList<ReportSpan> Spans { get; private init; } = [];

    /// <summary>What addresses of the same period carry.</summary>
    public string? RouteFrom => Preset is null ? FromText : null;
    public string? RouteTo => Preset is null ? ToText : null;
    public string? RoutePeriod => Preset == "30" ? null : Preset;
    public string? RouteBy => string.IsNullOrEmpty(Query.By) ? null : Query.By;

    /// <summary>As fields and statements take them.</summary>
    public string FromText => From.ToString(Format, CultureInfo.InvariantCulture);
    public string ToText => To.ToString(Format, CultureInfo.InvariantCulture);

    /// <summary>What statements take: the first day and the last.</summary>
    public object Bounds => new { FromText, ToText };

    /// <summary>1 – 24 Nov 2026.</summary>
    public string Words => new ReportSpan(From, To, ReportStep.Week).Label;

    /// <summary>Null where no page of ours asks like that. A field that is wrong is named in <paramref name="errors"/>, and the period is a day then.</summary>
    public static async Task<ReportPeriod?> ReadOrNullAsync(StoreDataSources dataSources, Input query, ModelStateDictionary errors)
    {
        if (!string.IsNullOrEmpty(query.Period) && !Presets.ContainsKey(query.Period) || query.By is not (null or "" or "day" or "week" or "month"))
            return null;
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        var calendar = await connection.QuerySingleAsync<Calendar>(
            """
            SELECT report.today()::timestamp AS today, s.time_zone, s.week_starts_on::int AS week_starts_on
            FROM store.store_setting s
            WHERE s.store_setting_id = 1
            """);
        var today = DateOnly.FromDateTime(calendar.Today);
        var isTyped = !string.IsNullOrWhiteSpace(query.From) || !string.IsNullOrWhiteSpace(query.To);
        var preset = isTyped ? null : string.IsNullOrEmpty(query.Period) ? "30" : query.Period;
        var (from, to) = preset is null ? Typed(query, today, errors) : Days(preset, today);
        var days = to.DayNumber - from.DayNumber + 1;
        var step = query.By switch
        {
            "day" => ReportStep.Day,
            "week" => ReportStep.Week,
            "month" => ReportStep.Month,
            _ => days <= 92 ? ReportStep.Day : days <= 2 * 366 ? ReportStep.Week : ReportStep.Month,
        };
        if (days / (step == ReportStep.Day ? 1 : step == ReportStep.Week ? 7 : 28) >= MaxSpans)
        {
            errors.AddModelError("by", $"That is more than {MaxSpans} {(step == ReportStep.Day ? "days. Choose weeks or months" : "weeks. Choose months")}, or fewer days.");
            from = to;
        }

        return new ReportPeriod
        {
            Query = query,
            Preset = preset,
            From = from,
            To = to,
            Step = step,
            TimeZone = calendar.TimeZone,
            Today = today,
            Spans = Cut(from, to, step, calendar.WeekStartsOn),
        };
    }

    /// <summary>Adds rows up by span.</summary>
    public IReadOnlyList<decimal> Sum<TRow>(IEnumerable<TRow> rows, Func<TRow, DateOnly> day, Func<TRow, decimal> amount)
    {
        var sums = new decimal[Spans.Count];
        foreach (var row in rows)
            sums[IndexOf(day(row))] += amount(row);
        return sums;
    }

    /// <summary>Which of the spans a day of the period is in.</summary>
    public int IndexOf(DateOnly day)
    {
        var (low, high) = (0, Spans.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = day > Spans[middle].Last ? (middle + 1, high) : (low, middle);
        }

        return low;
    }

    private static (DateOnly From, DateOnly To) Days(string preset, DateOnly today) => preset switch
    {
        "month" => (new(today.Year, today.Month, 1), today),
        "last-month" => (new DateOnly(today.Year, today.Month, 1).AddMonths(-1), new DateOnly(today.Year, today.Month, 1).AddDays(-1)),
        "year" => (new(today.Year, 1, 1), today),
        _ => (today.AddDays(1 - int.Parse(preset, CultureInfo.InvariantCulture)), today),
    };

    private static (DateOnly From, DateOnly To) Typed(Input query, DateOnly today, ModelStateDictionary errors)
    {
        var from = Day(query.From, "from", null);
        var to = Day(query.To, "to", today);
        if (from > today)
            errors.AddModelError("from", "That day has not come yet. Choose one until today.");
        else if (from > to)
            errors.AddModelError("to", "The last day comes before the first. Choose a later one, or an earlier first day.");
        else if (from < to?.AddYears(-MaxYears))
            errors.AddModelError("from", $"That is more than {MaxYears} years. Choose a later first day.");
        if (!errors.IsValid || from is not { } first || to is not { } last)
            return (today, today);
        return (first, last > today ? today : last); // tomorrow's numbers are none

        DateOnly? Day(string? text, string field, DateOnly? otherwise)
        {
            if (string.IsNullOrWhiteSpace(text) && otherwise is not null)
                return otherwise;
            if (DateOnly.TryParseExact(text, Format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is >= 1900 and < 9999)
                return day;
            errors.AddModelError(field, "Write a date, like 2026-11-24.");
            return null;
        }
    }

    private static List<ReportSpan> Cut(DateOnly from, DateOnly to, ReportStep step, int weekStartsOn)
    {
        var spans = new List<ReportSpan>();
        for (var first = from; first <= to;)
        {
            var last = step switch
            {
                ReportStep.Day => first,
                ReportStep.Month => new DateOnly(first.Year, first.Month, 1).AddMonths(1).AddDays(-1),
                // Sunday is 0 to .NET and 7 to the settings: both are the same modulo 7.
                _ => first.AddDays(6 - ((int)first.DayOfWeek - weekStartsOn % 7 + 7) % 7),
            };
            spans.Add(new ReportSpan(first, last < to ? last : to, step));
            first = last.AddDays(1);
        }

        return spans;
    }
}
