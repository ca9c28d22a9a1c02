using System.Globalization;

namespace PurchaseLimits.Web.Pages.Charts;

/// <summary>What a chart's numbers are.</summary>
public enum ChartUnit
{
    Count,

    /// <summary>US dollars.</summary>
    Money,

    /// <summary>Seconds.</summary>
    Duration,
}

/// <summary>How a chart's numbers are said: in full beside a value, short along an axis.</summary>
public static class ChartUnits
{
    private static readonly (decimal Seconds, string One, string Many, string Short)[] s_spans =
    [
        (86400, "day", "days", "d"), (3600, "hour", "hours", "h"), (60, "minute", "minutes", "min"), (1, "second", "seconds", "s"),
    ];

    /// <summary>1,234; $1,234.56; 2 hours 5 minutes.</summary>
    public static string InFull(this ChartUnit unit, decimal value) => unit switch
    {
        ChartUnit.Money => Display.Money(value),
        ChartUnit.Duration => Duration(value),
        _ => value.ToString("#,##0", CultureInfo.InvariantCulture),
    };

    /// <summary>1.5K; $20M; 12 h. All of an axis in the span that fits its end.</summary>
    public static string OnAxis(this ChartUnit unit, decimal value, decimal top)
    {
        if (unit == ChartUnit.Duration)
        {
            var (seconds, _, _, name) = Span(top);
            return value == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{value / seconds:0.##} {name}");
        }

        var (divisor, suffix) = top switch
        {
            >= 1_000_000_000 => (1_000_000_000m, "B"),
            >= 1_000_000 => (1_000_000m, "M"),
            >= 1_000 => (1_000m, "K"),
            _ => (1m, ""),
        };
        var number = value == 0 ? "0" : (value / divisor).ToString("0.##", CultureInfo.InvariantCulture) + suffix;
        return unit == ChartUnit.Money ? $"${number}" : number;
    }

    /// <summary>Seconds in one of what an axis up to <paramref name="top"/> counts in; 1 for what is no duration.</summary>
    public static decimal AxisSpan(this ChartUnit unit, decimal top) => unit == ChartUnit.Duration ? Span(top).Seconds : 1;

    /// <summary>2 hours 5 minutes: the two largest spans of a number of seconds, or fewer.</summary>
    public static string Duration(decimal seconds, int spans = 2)
    {
        var left = decimal.Round(seconds);
        var words = new List<string>(2);
        foreach (var (span, one, many, _) in s_spans)
        {
            var count = decimal.Floor(left / span);
            left -= count * span;
            if (count > 0)
                words.Add(string.Create(CultureInfo.InvariantCulture, $"{count:#,##0} {(count == 1 ? one : many)}"));
            // Minutes beside days would say more than anybody asks.
            if (words.Count == spans || words.Count == 1 && count == 0)
                break;
        }

        return words.Count == 0 ? "0 seconds" : string.Join(' ', words);
    }

    // The largest of which the axis shows two or more.
    private static (decimal Seconds, string One, string Many, string Short) Span(decimal top)
    {
        foreach (var span in s_spans)
        {
            if (top >= 2 * span.Seconds)
                return span;
        }

        return s_spans[^1];
    }
}
