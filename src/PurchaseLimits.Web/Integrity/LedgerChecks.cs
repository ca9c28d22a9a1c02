using Dapper;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web;

/// <summary>What the last proofs of the rules found, and how old they are. Broken: unhealthy; too old or never: degraded.</summary>
public sealed class RulesCheck(StoreDataSources dataSources, IOptions<IntegrityOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.Health.OpenConnectionAsync(cancellationToken);
        var rules = await RuleReading.ReadAsync(connection);
        var state = RulesState.Of(rules, options.Value.ProveEvery);
        var data = new Dictionary<string, object>
        {
            ["proved"] = rules.Count - state.NeverProved,
            ["never_proved"] = state.NeverProved,
            ["failed"] = state.Failed,
            ["broken"] = state.Broken,
            ["violations"] = state.Violations,
        };
        if (state.Age is { } age)
            data["oldest_proof_seconds"] = (long)age.TotalSeconds;
        var status = state.Broken > 0 ? HealthStatus.Unhealthy
            : state.NeverProved > 0 || state.Failed > 0 || state.IsTooOld ? HealthStatus.Degraded
            : HealthStatus.Healthy;
        return new HealthCheckResult(status, data: data);
    }
}

/// <summary>Customers whose row and ledger differ. Any: unhealthy.</summary>
public sealed class FrozenCustomersCheck(StoreDataSources dataSources) : IHealthCheck
{
    public const string Sql = "SELECT count(*) FROM store.customer_freeze f WHERE f.released_at IS NULL";

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.Health.OpenConnectionAsync(cancellationToken);
        var count = await connection.QuerySingleAsync<long>(Sql);
        return new HealthCheckResult(
            count > 0 ? HealthStatus.Unhealthy : HealthStatus.Healthy, data: new Dictionary<string, object> { ["count"] = count });
    }
}

/// <summary>Mails that wait to be sent. One that has waited longer than <see cref="Longest"/>: degraded.</summary>
public sealed class OutboxCheck(StoreDataSources dataSources) : IHealthCheck
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(15);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.Health.OpenConnectionAsync(cancellationToken);
        var outbox = await connection.QuerySingleAsync<OutboxReading>(OutboxReading.Sql);
        return new HealthCheckResult(
            outbox.OldestSeconds > Longest.TotalSeconds ? HealthStatus.Degraded : HealthStatus.Healthy,
            data: new Dictionary<string, object>
            {
                ["due"] = outbox.Due,
                ["parked"] = outbox.Parked,
                ["oldest_seconds"] = (long)outbox.OldestSeconds,
            });
    }
}

/// <summary>
/// Purchases that wait although their deadline passed: a worker should have written that down. It counts no more either way; one
/// that passed longer ago than <see cref="Longest"/>: degraded.
/// </summary>
public sealed class DeadlinesCheck(StoreDataSources dataSources) : IHealthCheck
{
    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.Health.OpenConnectionAsync(cancellationToken);
        var overdue = await connection.QuerySingleAsync<OverdueReading>(OverdueReading.Sql);
        return new HealthCheckResult(
            overdue.OldestSeconds > Longest.TotalSeconds ? HealthStatus.Degraded : HealthStatus.Healthy,
            data: new Dictionary<string, object> { ["past_deadline"] = overdue.Count, ["oldest_seconds"] = (long)overdue.OldestSeconds });
    }
}

/// <summary>How old the reports are. One that is older than three times the schedule, or was never refreshed though there is one: degraded.</summary>
public sealed class ReportsCheck(StoreDataSources dataSources, IOptions<ReportOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.Health.OpenConnectionAsync(cancellationToken);
        var reports = (await connection.QueryAsync<ReportReading>(ReportReading.Sql)).AsList();
        var never = options.Value.Schedule is null ? 0 : reports.Count(report => report.AgeSeconds is null);
        var old = reports.Count(report => report.AgeSeconds > options.Value.OldAge.TotalSeconds);
        var oldest = reports.Max(report => report.AgeSeconds) ?? 0;
        return new HealthCheckResult(
            never + old > 0 ? HealthStatus.Degraded : HealthStatus.Healthy,
            data: new Dictionary<string, object> { ["never_refreshed"] = never, ["old"] = old, ["oldest_seconds"] = (long)oldest });
    }
}
