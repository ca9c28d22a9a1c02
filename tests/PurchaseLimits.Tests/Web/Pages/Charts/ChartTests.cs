using PurchaseLimits.Web.Pages.Charts;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages.Charts;

public sealed class ChartTests
{
    [Theory]
    [InlineData(0, ChartUnit.Money, "$0 $1")]
    [InlineData(0.02, ChartUnit.Money, "$0 $0.01 $0.02")]
    [InlineData(480, ChartUnit.Money, "$0 $100 $200 $300 $400 $500")]
    [InlineData(500, ChartUnit.Money, "$0 $100 $200 $300 $400 $500")]
    [InlineData(500.01, ChartUnit.Money, "$0 $200 $400 $600")]
    [InlineData(1234.56, ChartUnit.Money, "$0 $0.5K $1K $1.5K")]
    [InlineData(84_000_000, ChartUnit.Money, "$0 $20M $40M $60M $80M $100M")]
    [InlineData(1, ChartUnit.Count, "0 1")]
    [InlineData(3, ChartUnit.Count, "0 1 2 3")]
    [InlineData(7, ChartUnit.Count, "0 2 4 6 8")]
    [InlineData(99_999, ChartUnit.Count, "0 20K 40K 60K 80K 100K")]
    [InlineData(0.4, ChartUnit.Duration, "0 0.1 s 0.2 s 0.3 s 0.4 s")]
    [InlineData(90, ChartUnit.Duration, "0 20 s 40 s 60 s 80 s 100 s")]
    [InlineData(600, ChartUnit.Duration, "0 2 min 4 min 6 min 8 min 10 min")]
    [InlineData(7200, ChartUnit.Duration, "0 0.5 h 1 h 1.5 h 2 h")]
    [InlineData(604_800, ChartUnit.Duration, "0 2 d 4 d 6 d 8 d")]
    public void Ticks_are_round_and_hold_the_largest_value_in_five_steps(double max, ChartUnit unit, string ticks)
    {
        var scale = ChartScale.For((decimal)max, unit);
        Assert.Equal(ticks, string.Join(' ', scale.Ticks.Select(tick => unit.OnAxis(tick, scale.Top))));
        Assert.True(scale.Top >= (decimal)max);
        Assert.InRange(scale.StepCount, 1, 5);
    }

    [Theory]
    [InlineData(0, "0 seconds")]
    [InlineData(1, "1 second")]
    [InlineData(61, "1 minute 1 second")]
    [InlineData(7500, "2 hours 5 minutes")]
    [InlineData(7205, "2 hours")]
    [InlineData(86_400 * 3 + 3600, "3 days 1 hour")]
    [InlineData(86_400 + 59, "1 day")]
    public void Durations_are_said_in_the_two_largest_spans(int seconds, string words) => Assert.Equal(words, ChartUnits.Duration(seconds));

    [Fact]
    public void An_age_is_said_in_the_largest_span() => Assert.Equal("2 hours", ChartUnits.Duration(7500, spans: 1));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(31)]
    [InlineData(92)]
    [InlineData(400)]
    public void Any_number_of_points_fits_and_few_enough_are_named(int count)
    {
        var chart = Bars([.. Enumerable.Range(1, count).Select(n => (decimal)n)], new decimal[count]);
        Assert.InRange(chart.Center(0) - chart.BarWidth / 2, 0, 50);
        Assert.InRange(chart.Center(count - 1) + chart.BarWidth / 2, 50, 100);
        Assert.True(chart.BarWidth <= chart.Slot);
        var levels = Enumerable.Range(0, count).Select(chart.LabelLevel).ToList();
        Assert.Equal(1, levels[0]);
        Assert.InRange(levels.Count(level => level == 1), 1, 3);
        Assert.InRange(levels.Count(level => level is 1 or 2), 1, 6);
        Assert.InRange(levels.Count(level => level > 0), 1, 12);
    }

    [Fact]
    public void Bars_upon_each_other_are_as_high_as_their_sum_and_the_smallest_can_be_seen()
    {
        var chart = Bars([60m, 0.01m, 0m], [40m, 0m, 0m]);
        Assert.Equal(100m, chart.Scale.Top);
        Assert.Equal(60m, chart.Part(60));
        Assert.Equal(0.6m, chart.Part(0.01m));
        Assert.Equal(0m, chart.Part(0));
        Assert.Equal("Day 0: kept $60.00, refunded $40.00", chart.Say(0));
        Assert.Equal("3 values. Most: $100.00, Day 0. In all $100.01. Arrow keys go from value to value. The table has the same numbers.", chart.Summary);
    }

    [Fact]
    public void A_line_is_interrupted_where_there_is_no_value_and_says_so()
    {
        var chart = Bars([], []) with
        {
            Kind = ChartKind.Lines,
            Points = [.. Enumerable.Range(0, 6).Select(n => new ChartPoint($"Day {n}", $"{n}"))],
            Series = [new ChartSeries("Wait", [1m, 2m, null, 4m, null, 4m])],
        };
        // Two points make a line; one alone is a dot.
        Assert.Equal(["8.333,75 25,50"], chart.Lines(chart.Series[0]));
        Assert.Equal("Day 2: none", chart.Say(2));
        Assert.Equal("Day 3: $4.00", chart.Say(3));
    }

    [Fact]
    public void Nothing_at_all_is_a_chart_too()
    {
        Assert.StartsWith("0 values. Nothing but zero.", Bars([], []).Summary, StringComparison.Ordinal);
        Assert.StartsWith("1 value. Nothing but zero.", Bars([0m], [0m]).Summary, StringComparison.Ordinal);
    }

    private static Chart Bars(decimal[] kept, decimal[] refunded) => new()
    {
        Id = "chart",
        Title = "Sales",
        Kind = ChartKind.Bars,
        Unit = ChartUnit.Money,
        Points = [.. kept.Select((_, n) => new ChartPoint($"Day {n}", $"{n}"))],
        Series = [new("Kept", kept), new("Refunded", refunded)],
    };
}
