using System.Globalization;

namespace PurchaseLimits.Web.Pages.Charts;

public enum ChartKind
{
    /// <summary>One upon the other: together they are the whole.</summary>
    Bars,

    /// <summary>Each by itself.</summary>
    Lines,
}

/// <summary>A value for each point; null where there is none.</summary>
public sealed record ChartSeries(string Name, IReadOnlyList<decimal?> Values)
{
    public ChartSeries(string name, IEnumerable<decimal> values)
        : this(name, [.. values.Select(value => (decimal?)value)])
    {
    }
}

/// <summary>What a point is called.</summary>
/// <param name="Label">In full: Tue 24 Nov 2026.</param>
/// <param name="AxisLabel">Along the axis: 24 Nov.</param>
public sealed record ChartPoint(string Label, string AxisLabel);

/// <summary>
/// A chart, for the partial <c>_Chart</c>. Positions are percentages of the plot, so that it is as wide as the page while letters
/// and lines keep their size. The page has the same numbers in a table.
/// </summary>
public sealed record Chart
{
    /// <summary>Of its element, and what the ids within begin with.</summary>
    public required string Id { get; init; }

    public required string Title { get; init; }
    public required ChartKind Kind { get; init; }
    public required ChartUnit Unit { get; init; }
    public required IReadOnlyList<ChartPoint> Points { get; init; }

    /// <summary>One to three, each with a value for every point.</summary>
    public required IReadOnlyList<ChartSeries> Series { get; init; }

    public ChartScale Scale => field ??= ChartScale.For(Enumerable.Range(0, Points.Count).Select(Height).DefaultIfEmpty(0).Max(), Unit);

    /// <summary>How wide a point's part of the plot is.</summary>
    public decimal Slot => 100m / Math.Max(Points.Count, 1);

    // A few bars that fill the page would look like something else.
    public decimal BarWidth => Math.Min(Slot * 0.76m, 12);

    public decimal Center(int point) => (point + 0.5m) * Slot;

    /// <summary>A value's part of the axis. What is not zero can be seen.</summary>
    public decimal Part(decimal value) => value <= 0 ? 0 : Math.Max(value / Scale.Top * 100, 0.6m);

    /// <summary>Tue 24 Nov 2026: kept $80.00, refunded $5.00.</summary>
    public string Say(int point) =>
        $"{Points[point].Label}: {string.Join(", ", Series.Where(series => series.Values[point] is not null).Select(series => $"{SeriesName(series)}{Unit.InFull(series.Values[point]!.Value)}").DefaultIfEmpty("none"))}";

    /// <summary>For who cannot see it: what the eye takes from it first.</summary>
    public string Summary
    {
        get
        {
            var most = Enumerable.Range(0, Points.Count).DefaultIfEmpty(-1).MaxBy(point => point < 0 ? -1 : Height(point));
            var said = most < 0 || Height(most) == 0
                ? "Nothing but zero."
                : $"Most: {Unit.InFull(Height(most))}, {Points[most].Label}.{(Kind == ChartKind.Bars ? $" In all {Unit.InFull(Enumerable.Range(0, Points.Count).Sum(Height))}." : "")}";
            return $"{Points.Count.ToString("#,##0", CultureInfo.InvariantCulture)} {(Points.Count == 1 ? "value" : "values")}. {said} Arrow keys go from value to value. The table has the same numbers.";
        }
    }

    /// <summary>In which widths a point's name is written below it: 1 in all, 2 not in the narrowest, 3 in wide ones only; 0 nowhere.</summary>
    public int LabelLevel(int point)
    {
        var wide = Stride(1, 12);
        var medium = Stride(wide, 6);
        var narrow = Stride(medium, 3);
        return point % narrow == 0 ? 1 : point % medium == 0 ? 2 : point % wide == 0 ? 3 : 0;
    }

    /// <summary>Points of a line that are not interrupted, as SVG has them, in a square of 100 by 100.</summary>
    public IEnumerable<string> Lines(ChartSeries series)
    {
        var line = new List<string>();
        for (var point = 0; point <= Points.Count; point++)
        {
            if (point < Points.Count && series.Values[point] is { } value)
            {
                line.Add(string.Create(CultureInfo.InvariantCulture, $"{Center(point):0.###},{100 - Part(value):0.###}"));
                continue;
            }

            if (line.Count > 1)
                yield return string.Join(' ', line);
            line.Clear();
        }
    }

    private string SeriesName(ChartSeries series) => Series.Count == 1 ? "" : $"{char.ToLowerInvariant(series.Name[0])}{series.Name[1..]} ";

    private decimal Height(int point) =>
        Kind == ChartKind.Bars ? Series.Sum(series => series.Values[point] ?? 0) : Series.Max(series => series.Values[point] ?? 0);

    // The smallest multiple of a stride with which no more than so many names are written.
    private int Stride(int of, int most)
    {
        var stride = of;
        while ((Points.Count + stride - 1) / stride > most)
            stride += of;
        return stride;
    }
}
