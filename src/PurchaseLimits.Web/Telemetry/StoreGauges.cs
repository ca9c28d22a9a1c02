using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Telemetry;

/// <summary>
/// Metrics that the database holds, the same in every process. They are read in the background every
/// <see cref="TelemetryOptions.ReadEvery"/> as long as somebody listens; whoever collects them waits for nothing. What could not
/// be read is absent: an old number would be a lie.
/// </summary>
internal sealed class StoreGauges : BackgroundService
{
    private readonly StoreMetrics _metrics;
    private readonly StoreDataSources _dataSources;
    private readonly TimeSpan _readEvery;
    private readonly ILogger<StoreGauges> _logger;
    private readonly List<Instrument> _instruments;
    private volatile Look? _last;

    private sealed record Look(StoreReading Reading, long At)
    {
        /// <summary>Seconds since then: ages go on between two looks.</summary>
        public double Since => Stopwatch.GetElapsedTime(At).TotalSeconds;
    }

    public StoreGauges(StoreMetrics metrics, StoreDataSources dataSources, IOptions<TelemetryOptions> options, ILogger<StoreGauges> logger)
    {
        _metrics = metrics;
        _dataSources = dataSources;
        _readEvery = options.Value.ReadEvery;
        _logger = logger;
        var meter = metrics.Meter;
        _instruments =
        [
            meter.CreateObservableGauge("purchase_limits.purchases.waiting", () => Many(look => look.Reading.Purchases.Select(
                waiting => new Measurement<long>(waiting.Count, new KeyValuePair<string, object?>("state", waiting.State)))),
                "{purchase}", "Purchases that are not decided yet, by what they wait for; of very many ten thousand."),
            meter.CreateObservableGauge("purchase_limits.purchases.overdue", () => One(look => look.Reading.Overdue.Count),
                "{purchase}", "Purchases whose deadline passed and nobody wrote it down; of very many ten thousand."),
            meter.CreateObservableGauge("purchase_limits.outbox.messages", () => Many(look => new[]
                {
                    new Measurement<long>(look.Reading.Outbox.Due, new KeyValuePair<string, object?>("state", "due")),
                    new Measurement<long>(look.Reading.Outbox.Parked, new KeyValuePair<string, object?>("state", "parked")),
                }),
                "{message}", "Mails that are due, and mails that were given up until an admin sends them again; of very many ten thousand."),
            meter.CreateObservableGauge("purchase_limits.outbox.oldest.age", () => One(look => Grown(look.Reading.Outbox.OldestSeconds, look)),
                "s", "How long the oldest mail that is neither sent nor parked has been there; 0 when there is none."),
            meter.CreateObservableGauge("purchase_limits.report.age", () => Many(look => look.Reading.Reports
                .Where(report => report.AgeSeconds is not null)
                .Select(report => new Measurement<double>(report.AgeSeconds!.Value + look.Since, new KeyValuePair<string, object?>("report", report.ReportName)))),
                "s", "How old a report is; absent for one that was never refreshed."),
            meter.CreateObservableGauge("purchase_limits.integrity.broken_rules", () => One(look => (long)look.Reading.Rules.Count(rule => rule.ViolationCount > 0)),
                "{rule}", "Rules of the books that were broken when they were proved last."),
            meter.CreateObservableGauge("purchase_limits.integrity.unproved_rules", () => One(look => (long)look.Reading.Rules.Count(rule => rule.StartedAt is null || rule.Error is not null)),
                "{rule}", "Rules of the books that were never proved, or could not be when that was tried last."),
            meter.CreateObservableGauge("purchase_limits.integrity.proof.age", () => Many(look => look.Reading.Rules.Max(rule => rule.Age) is { } age
                    ? new[] { new Measurement<double>(age.TotalSeconds + look.Since) } : []),
                "s", "How old the oldest of the last proofs is; absent where there is none."),
            meter.CreateObservableGauge("purchase_limits.customers.frozen", () => One(look => look.Reading.Frozen),
                "{customer}", "Customers whose row and ledger differed, and who were not released."),
        ];
    }

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        // OpenTelemetry began to listen before anything else started.
        _metrics.BeginAtZero();
        return base.StartAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_readEvery);
        try
        {
            do
                _last = _instruments.Any(instrument => instrument.Enabled) ? await LookOrNullAsync(stoppingToken) : null;
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        // Also a look that failed by itself while the process stops.
        catch (Exception) when (stoppingToken.IsCancellationRequested)
        {
            _last = null;
        }
    }

    private async Task<Look?> LookOrNullAsync(CancellationToken stoppingToken)
    {
        try
        {
            var at = Stopwatch.GetTimestamp();
            await using var connection = await _dataSources.Health.OpenConnectionAsync(stoppingToken);
            return new Look(await StoreReading.ReadAsync(connection, stoppingToken), at);
        }
        // Whatever it is, the store goes on without these numbers.
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            // Once for each time that the database goes away.
            _logger.Log(_last is null ? LogLevel.Debug : LogLevel.Warning, exception, "The database's metrics are absent until it can be read again");
            return null;
        }
    }

    private static double Grown(double seconds, Look look) => seconds > 0 ? seconds + look.Since : 0;

    private IEnumerable<Measurement<T>> One<T>(Func<Look, T> value)
        where T : struct => Many(look => new[] { new Measurement<T>(value(look)) });

    private IEnumerable<Measurement<T>> Many<T>(Func<Look, IEnumerable<Measurement<T>>> values)
        where T : struct => _last is { } look ? values(look) : [];
}
