using System.Diagnostics;
using System.Diagnostics.Metrics;
using Npgsql;

namespace PurchaseLimits.Web.Telemetry;

/// <summary>
/// What this process counts and times. The tags have few values, all written down in this program or in its SQL: an outcome, a
/// function, an SQLSTATE, a report. Never a customer, an e-mail or a purchase: each would be a time series of its own, and one
/// about a person.
/// </summary>
public sealed class StoreMetrics
{
    public const string MeterName = "PurchaseLimits";

    // Seconds. A purchase takes a few milliseconds, a try after a serialization failure some more, a call in doubt up to its deadline.
    private static readonly InstrumentAdvice<double> s_buckets = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    };

    private readonly Counter<long> _purchases;
    private readonly Counter<long> _commands;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _doubts;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _rejections;
    private readonly Histogram<double> _waits;
    private readonly Counter<long> _refreshes;
    private int _waiting;

    /// <summary>All instruments of the store are this meter's.</summary>
    internal Meter Meter { get; }

    /// <param name="factory">Of this host: two hosts in a process count apart.</param>
    public StoreMetrics(IMeterFactory factory)
    {
        var meter = Meter = factory.Create(MeterName);
        _purchases = meter.CreateCounter<long>(
            "purchase_limits.purchases", "{purchase}", "Orders that customers sent, by how they were answered.");
        _commands = meter.CreateCounter<long>(
            "purchase_limits.commands", "{command}", "Calls of the database's functions, by function and outcome.");
        _retries = meter.CreateCounter<long>(
            "purchase_limits.command.retries", "{retry}", "Calls that failed and were made again, by why.");
        _doubts = meter.CreateCounter<long>(
            "purchase_limits.command.doubts", "{command}", "Calls of which it was unknown for a while whether they were committed, by how that ended.");
        _duration = meter.CreateHistogram(
            "purchase_limits.command.duration", "s", "How long calls took, with all their tries and without waiting in line.", advice: s_buckets);
        meter.CreateObservableUpDownCounter(
            "purchase_limits.gate.waiting", () => Volatile.Read(ref _waiting), "{call}", "Calls that wait now for an earlier one of the same customer.");
        _rejections = meter.CreateCounter<long>(
            "purchase_limits.gate.rejections", "{call}", "Calls that were turned away because too many of the same customer waited.");
        _waits = meter.CreateHistogram(
            "purchase_limits.gate.wait.duration", "s", "How long calls waited for earlier ones of the same customer.", advice: s_buckets);
        _refreshes = meter.CreateCounter<long>(
            "purchase_limits.report.refreshes", "{refresh}", "Refreshes of reports that this process began, by how they ended.");
    }

    /// <summary>
    /// Begins at 0 what alerts watch. A counter that is not there before its first event has not increased by it, as Prometheus
    /// sees it: the first purchase in doubt of a process would go unnoticed. Once whoever collects listens.
    /// </summary>
    internal void BeginAtZero()
    {
        foreach (var outcome in new[] { "in_doubt", "failed", "frozen", "busy" })
        {
            foreach (var confirmation in new[] { "immediate", "deferred" })
                _purchases.Add(0, new("outcome", outcome), new("confirmation", confirmation));
        }

        foreach (var ending in new[] { "unresolved", "failed" })
            _doubts.Add(0, new("command", "place_purchases"), new("ending", ending));
    }

    /// <summary>Measures one call of a function; it ends when what is returned is disposed of.</summary>
    /// <param name="sql">The statement that calls it: its name is the first that has a schema.</param>
    internal MeasuredCall BeginCall(string sql) => new(this, sql);

    /// <summary>Measures one call of a function for several requests at once, each with a reply of its own. One that failed counts for nothing: each is sent alone then.</summary>
    internal MeasuredCall BeginGroup(string sql, int count) => new(this, sql, count);

    /// <summary>Measures how long a call stands in line; it leaves the line when what is returned is disposed of.</summary>
    internal GateWait BeginWait() => new(this);

    internal void CountPurchase(string outcome, bool isDeferred)
    {
        if (_purchases.Enabled)
            _purchases.Add(1, new("outcome", outcome), new("confirmation", isDeferred ? "deferred" : "immediate"));
    }

    internal void CountCommand(string command, string outcome) => _commands.Add(1, new("command", command), new("outcome", outcome));

    internal void CountRetry(string command, Exception failure)
    {
        if (_retries.Enabled)
            _retries.Add(1, new("command", command), new("error.type", ErrorType(failure)));
    }

    /// <param name="command">Which function.</param>
    /// <param name="ending">
    /// <c>resolved</c>: a later try was answered. <c>unresolved</c>: none was. <c>failed</c>: one was, by an error.
    /// </param>
    internal void CountDoubt(string command, string ending) => _doubts.Add(1, new("command", command), new("ending", ending));

    internal void RecordDuration(string command, long started)
    {
        if (_duration.Enabled)
            _duration.Record(Stopwatch.GetElapsedTime(started).TotalSeconds, new KeyValuePair<string, object?>("command", command));
    }

    internal void CountRefresh(string reportName, string outcome) => _refreshes.Add(1, new("report", reportName), new("outcome", outcome));

    /// <summary>The SQLSTATE where the server said one; else that the way to it failed.</summary>
    internal static string ErrorType(Exception failure) => failure is PostgresException postgres ? postgres.SqlState : "connection";

    internal sealed class GateWait : IDisposable
    {
        private readonly StoreMetrics _metrics;
        private readonly long _started = Stopwatch.GetTimestamp();
        private bool _ended;

        public GateWait(StoreMetrics metrics)
        {
            _metrics = metrics;
            Interlocked.Increment(ref metrics._waiting);
        }

        /// <summary>Its turn came.</summary>
        public void Served()
        {
            if (_metrics._waits.Enabled)
                _metrics._waits.Record(Stopwatch.GetElapsedTime(_started).TotalSeconds);
            Dispose();
        }

        /// <summary>There was no place in line.</summary>
        public void Rejected(string sql)
        {
            _metrics._rejections.Add(1);
            _metrics.CountCommand(MeasuredCall.NameOf(sql), "busy");
        }

        public void Dispose()
        {
            if (_ended)
                return;
            _ended = true;
            Interlocked.Decrement(ref _metrics._waiting);
        }
    }
}
