using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Tests.Support;

/// <summary>What the meter of one host measures, from now on: tests of other hosts run at the same time.</summary>
public sealed class MeterRecorder : IAsyncDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ConcurrentQueue<Measured> _measured = new();

    /// <param name="Name">The instrument's.</param>
    /// <param name="Value">What was added, recorded or observed.</param>
    /// <param name="Tags">By name: <c>command=place_purchase outcome=confirmed</c>.</param>
    public sealed record Measured(string Name, double Value, string Tags);

    public MeterRecorder(IMeterFactory host)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name != StoreMetrics.MeterName || instrument.Meter.Scope != host)
                return;
            Instruments.Add(instrument);
            listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.Start();
    }

    public ConcurrentBag<Instrument> Instruments { get; } = [];

    public IReadOnlyList<Measured> All => [.. _measured];

    /// <summary>What a counter came to.</summary>
    public double Sum(string name, string tags = "") => Of(name, tags).Sum(measured => measured.Value);

    /// <summary>How often a histogram was told of something.</summary>
    public int Count(string name, string tags = "") => Of(name, tags).Count();

    /// <summary>What observable instruments say now.</summary>
    public IReadOnlyList<Measured> Observe()
    {
        var before = _measured.Count;
        _listener.RecordObservableInstruments();
        return [.. _measured.Skip(before)];
    }

    /// <summary>What one says now; null where it is absent.</summary>
    public double? Observe(string name, string tags = "") => Observe().SingleOrDefault(measured => measured.Name == name && measured.Tags == tags)?.Value;

    public ValueTask DisposeAsync()
    {
        _listener.Dispose();
        return ValueTask.CompletedTask;
    }

    private IEnumerable<Measured> Of(string name, string tags) => _measured.Where(measured => measured.Name == name && measured.Tags == tags);

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var names = new List<string>();
        foreach (var (name, tag) in tags)
            names.Add($"{name}={tag}");
        _measured.Enqueue(new Measured(instrument.Name, value, string.Join(' ', names)));
    }
}
