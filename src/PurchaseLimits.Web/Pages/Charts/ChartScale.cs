namespace PurchaseLimits.Web.Pages.Charts;

/// <summary>A vertical axis from zero, with even steps of 1, 2 or 5 times a power of ten.</summary>
/// <param name="Step">From one tick to the next, in the chart's unit.</param>
/// <param name="StepCount">Steps up to the end of the axis, one or more.</param>
public sealed record ChartScale(decimal Step, int StepCount)
{
    private const int MaxSteps = 5;

    public decimal Top => Step * StepCount;

    /// <summary>From zero up.</summary>
    public IEnumerable<decimal> Ticks => Enumerable.Range(0, StepCount + 1).Select(tick => tick * Step);

    /// <summary>The shortest axis that holds <paramref name="max"/> in at most five steps; nothing smaller than one, or than a cent.</summary>
    public static ChartScale For(decimal max, ChartUnit unit)
    {
        var span = unit.AxisSpan(max);
        var smallest = unit == ChartUnit.Money ? 0.01m : unit == ChartUnit.Duration ? 0.1m : 1m;
        if (max <= 0)
            return new ChartScale(1, 1);

        var wanted = max / span / MaxSteps;
        var power = 0.01m;
        while (power * 10 <= wanted)
            power *= 10;
        var step = new[] { power, 2 * power, 5 * power, 10 * power }.First(nice => nice >= wanted);
        step = Math.Max(step, smallest) * span;
        return new ChartScale(step, (int)decimal.Ceiling(max / step));
    }
}
