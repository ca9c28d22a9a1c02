namespace PurchaseLimits.Benchmarks.History;

/// <summary>
/// Makes up a history, happening by happening in the order of time over all customers. Told again it is the same to the last
/// byte: so it can be foreseen how a purchase ends, and nothing but the customers' present state is kept in memory.
/// </summary>
internal sealed partial class Story
{
    private const double RefusedShare = 0.04, RefundedShare = 0.02;
    private const long Minute = 60_000_000, Hour = 60 * Minute, Day = PriceList.Day; // microseconds

    private readonly HistoryOptions _options;
    private readonly StoreFacts _facts;
    private readonly Random _random;

    // What is to happen later, by when; none of it is known to happen before the history ends.
    private readonly PriorityQueue<Action<long>, long> _due = new();
    private readonly List<Happening> _told = [];
    private int _registered;
    private long _orders;
    private long _now;

    public Story(HistoryOptions options, StoreFacts facts)
    {
        (_options, _facts, _random, _now) = (options, facts, new Random(options.Seed), facts.DayStarts[0]);
        Prices = new PriceList(_random, facts.DayStarts[0], facts.End);
        _accounts = new Account[options.Customers];
        _due.Enqueue(at => Register(0, at), RegisteredAt(0));
    }

    public PriceList Prices { get; }

    /// <summary>How many purchases were confirmed up to this point of the story.</summary>
    public long Confirmed { get; private set; }

    public long Refused { get; private set; }

    public IEnumerable<Happening> Tell()
    {
        foreach (var moment in PurchaseMoments())
        {
            Until(moment);
            BuyAt(moment);
            foreach (var happening in _told)
                yield return happening;
            _told.Clear();
        }

        Until(_facts.End);
        foreach (var happening in _told)
            yield return happening;
        _told.Clear();
    }

    private void Until(long moment)
    {
        while (_due.TryPeek(out var happen, out var at) && at <= moment)
        {
            _due.Dequeue();
            happen(at);
        }
    }

    // A moment for each confirmed purchase, ascending. More on weekends, and more every year.
    private IEnumerable<long> PurchaseMoments()
    {
        var weights = new double[_options.Days - 1];
        for (var day = 0; day < weights.Length; day++)
        {
            var noon = DateTime.UnixEpoch.AddTicks((_facts.DayStarts[day] + Day / 2) * 10);
            weights[day] = (noon.DayOfWeek is DayOfWeek.Saturday or DayOfWeek.Sunday ? 1.3 : 1.0) * (1 + 0.5 * day / weights.Length);
        }

        var (before, weightBefore, weight) = (0L, 0.0, weights.Sum());
        for (var day = 0; day < _options.Days; day++)
        {
            var count = _options.LastDay;
            var end = _facts.End;
            if (day < weights.Length)
            {
                end = _facts.DayStarts[day + 1];
                weightBefore += weights[day];
                var after = day == weights.Length - 1
                    ? _options.Purchases - _options.LastDay
                    : (long)((_options.Purchases - _options.LastDay) * (weightBefore / weight));
                (count, before) = (after - before, after);
            }

            var length = end - _facts.DayStarts[day];
            for (var n = 0L; n < count; n++)
                yield return _facts.DayStarts[day] + Math.Min((long)((n + _random.NextDouble()) / count * length), Math.Max(length - 1, 0));
        }
    }

    // A fifth of the customers come in the first hours, the others one after the other until the end.
    private long RegisteredAt(int customer)
    {
        var (start, length) = (_facts.DayStarts[0], _facts.End - _facts.DayStarts[0]);
        var early = Math.Min(6 * Hour, length / 10);
        var first = Math.Max(_options.Customers / 5, 1);
        return customer < first
            ? start + (long)((double)customer / first * early)
            : start + early + (long)((double)(customer - first) / (_options.Customers - first) * (length - early));
    }

    /// <summary>A uuid of version 7, as the pages make them.</summary>
    private Guid NewKey(long moment)
    {
        Span<byte> bytes = stackalloc byte[16];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, (moment / 1000 << 16) | 0x7000 | (long)_random.Next(0x1000));
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes[8..], (_random.NextInt64() & 0x3FFF_FFFF_FFFF_FFFF) | (1L << 63));
        return new Guid(bytes, bigEndian: true);
    }
}
