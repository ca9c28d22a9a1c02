using NodaTime;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// The rules of limits once more, without a database, for one customer: what is bought is added up anew for every question,
/// and what is in force is looked up anew. Days are Noda Time's, limits are a list. Amounts are US dollars.
/// </summary>
public sealed class LimitModel(DateTimeZone zone, IsoDayOfWeek weekStart, decimal lifetimeLimit)
{
    private readonly List<Change> _changes = [];
    private readonly List<Order> _orders = [];
    private readonly HashSet<(LimitWindow, Instant, decimal, int)> _notices = [];

    public static readonly LimitWindow[] Windows = Enum.GetValues<LimitWindow>();

    public int NoticeCount => _notices.Count;

    public IReadOnlyList<Order> Orders => _orders;

    public IReadOnlyList<Change> Changes => _changes;

    /// <summary>A limit's amount from a moment to another; ended before that where somebody ended it.</summary>
    public sealed record Change(Guid Id, LimitWindow Window, decimal Amount, Instant From, Instant To)
    {
        public Instant? EndedAt { get; set; }

        public bool IsInForce(Instant moment) => From <= moment && moment < To && !(EndedAt <= moment);
    }

    /// <summary>Something that was ordered; it counts since it is bought or held without a break.</summary>
    public sealed class Order
    {
        public required Guid Id { get; init; }
        public required decimal Total { get; set; }
        public required string Status { get; set; }
        public long Product { get; init; }
        public Instant? CountedAt { get; set; }
        public decimal Bought { get; set; }
        public decimal Held { get; set; }
        public Instant ExpiresAt { get; set; } = Instant.MaxValue;
        public decimal Refunded { get; set; }
        public bool WasAsked { get; set; }

        /// <summary>Ordered without a price, which came.</summary>
        public bool IsPriced { get; set; }

        public decimal Used(Instant moment) => Bought + (ExpiresAt > moment ? Held : 0);
    }

    /// <summary>One limit at a moment.</summary>
    public sealed record State(string WindowName, decimal Amount, decimal Held, decimal LimitAmount, decimal LeftAmount, decimal OverBy, Instant? StartsAt, Instant? ResetsAt);

    /// <summary>Which limit refuses: of several the one that resets last; the lifetime limit never resets.</summary>
    public sealed record Refusal(LimitWindow Window, decimal OverBy, Instant? ResetsAt);

    /// <summary>Null: what the customer was registered with, or none.</summary>
    public Change? InForceOrNull(LimitWindow window, Instant moment, Instant? begunBy = null) => _changes
        .Where(change => change.Window == window && change.IsInForce(moment) && change.From <= (begunBy ?? Instant.MaxValue))
        .Select((change, order) => (change, order))
        .OrderBy(pair => pair.change.From)
        .ThenBy(pair => pair.order)
        .Select(pair => pair.change)
        .LastOrDefault();

    /// <summary>The limit in force; with <paramref name="begunBy"/>, of what has begun by then alone.</summary>
    public decimal LimitAt(LimitWindow window, Instant moment, Instant? begunBy = null) =>
        InForceOrNull(window, moment, begunBy)?.Amount ?? (window == LimitWindow.Lifetime ? lifetimeLimit : Limit.None);

    public Interval Bounds(LimitWindow window, Instant moment)
    {
        var day = moment.InZone(zone).Date;
        var (first, next) = window switch
        {
            LimitWindow.Day => (day, day.PlusDays(1)),
            LimitWindow.Week => FirstOfWeek(day) is var monday ? (monday, monday.PlusDays(7)) : default,
            LimitWindow.Month => (new LocalDate(day.Year, day.Month, 1), new LocalDate(day.Year, day.Month, 1).PlusMonths(1)),
            LimitWindow.Year => (new LocalDate(day.Year, 1, 1), new LocalDate(day.Year + 1, 1, 1)),
            _ => throw new ArgumentOutOfRangeException(nameof(window)),
        };
        return new Interval(zone.AtStartOfDay(first).ToInstant(), zone.AtStartOfDay(next).ToInstant());
    }

    /// <summary>Every limit there is at a moment.</summary>
    public IReadOnlyList<State> At(Instant moment) => [.. Windows
        .Where(window => window == LimitWindow.Lifetime || LimitAt(window, moment) < Limit.None)
        .Select(window =>
        {
            Interval? bounds = window == LimitWindow.Lifetime ? null : Bounds(window, moment);
            var counted = Counted(window, moment);
            var amount = counted.Sum(order => order.Bought);
            var held = counted.Sum(order => order.ExpiresAt > moment ? order.Held : 0);
            var limit = LimitAt(window, moment);
            return new State(window.SqlName(), amount, held, limit, Math.Max(limit - amount - held, 0),
                Math.Max(amount + held - limit, 0), bounds?.Start, bounds?.End);
        })];

    public decimal LeftAt(Instant moment) => At(moment).Min(state => state.LeftAmount);

    public Refusal? RefusalOrNull(decimal total, Instant moment, decimal released = 0, Instant? countedAt = null)
    {
        var counts = countedAt ?? moment;
        var lifetime = Counted(LimitWindow.Lifetime, moment).Sum(order => order.Used(moment)) - released + total - LimitAt(LimitWindow.Lifetime, moment);
        if (lifetime > 0)
            return new Refusal(LimitWindow.Lifetime, lifetime, null);
        return Windows.Skip(1)
            // A window that is over refuses no more.
            .Where(window => LimitAt(window, moment) < Limit.None && total > 0 && Bounds(window, moment).Contains(counts))
            .Select(window => (Window: window, Bounds: Bounds(window, counts),
                Over: Counted(window, counts).Sum(order => order.Used(moment)) - released + total - LimitAt(window, moment)))
            .Where(limit => limit.Over > 0)
            .OrderBy(limit => limit.Bounds.End)
            .ThenBy(limit => limit.Window.SqlName(), StringComparer.Ordinal)
            .Select(limit => new Refusal(limit.Window, limit.Over, limit.Bounds.End))
            .LastOrDefault();
    }

    /// <summary>What waited past its deadline is over.</summary>
    public void Settle(Instant moment)
    {
        foreach (var order in _orders.Where(order => order.ExpiresAt <= moment))
        {
            order.Status = "expired";
            order.Held = 0;
            order.ExpiresAt = Instant.MaxValue;
        }
    }

    public Refusal? Buy(Order order, Instant moment, Instant? heldUntil)
    {
        var refusal = RefusalOrNull(order.Total, moment);
        _orders.Add(order);
        if (refusal is not null)
        {
            order.Status = "refused";
            return refusal;
        }

        order.CountedAt = moment;
        (order.Status, order.Bought, order.Held, order.ExpiresAt) = heldUntil is { } until
            ? ("processing", 0, order.Total, until)
            : ("confirmed", order.Total, 0m, Instant.MaxValue);
        Note(order.Total, moment);
        return null;
    }

    public void Add(Change change) => _changes.Add(change);

    /// <summary>Who reached a share of a limit by what was just added is told, once.</summary>
    public void Note(decimal added, Instant moment)
    {
        foreach (var state in At(moment).Where(state => state.LimitAmount < Limit.None))
        {
            var used = state.Amount + state.Held;
            foreach (var percent in new[] { 80, 100 })
            {
                if (used * 100 >= percent * state.LimitAmount && (used - added) * 100 < percent * state.LimitAmount)
                    _notices.Add((Enum.Parse<LimitWindow>(state.WindowName, ignoreCase: true), state.StartsAt ?? Instant.MinValue, state.LimitAmount, percent));
            }
        }
    }

    private List<Order> Counted(LimitWindow window, Instant moment)
    {
        Interval? bounds = window == LimitWindow.Lifetime ? null : Bounds(window, moment);
        return [.. _orders.Where(order => order.CountedAt is { } counted && (bounds is null || bounds.Value.Contains(counted)))];
    }

    private LocalDate FirstOfWeek(LocalDate day) =>
        day.DayOfWeek == weekStart ? day : day.With(DateAdjusters.Previous(weekStart));
}
