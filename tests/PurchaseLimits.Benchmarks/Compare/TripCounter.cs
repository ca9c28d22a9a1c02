using System.Diagnostics.Metrics;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>Counts what Npgsql sends in this process: a statement or a batch, each a round trip.</summary>
internal sealed class TripCounter : IDisposable
{
    private readonly MeterListener _listener = new();
    private long _trips;

    public TripCounter()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument is { Meter.Name: "Npgsql", Name: "db.client.operation.duration" })
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Interlocked.Increment(ref _trips));
        _listener.Start();
    }

    public long Trips => Interlocked.Read(ref _trips);

    public void Dispose() => _listener.Dispose();
}
