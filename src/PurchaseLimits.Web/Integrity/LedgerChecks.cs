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
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.Health.OpenConnectionAsync(cancellationToken);
        var count = await connection.QuerySingleAsync<long>("SELECT count(*) FROM store.customer_freeze f WHERE f.released_at IS NULL");
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
        // Of very many the first ten thousand tell enough.
        var (due, oldest) = await connection.QuerySingleAsync<(long, double)>(
            """
            SELECT count(*) FILTER (WHERE o.next_attempt_at <= statement_timestamp()),
                   coalesce(extract(epoch FROM statement_timestamp() - min(o.created_at)), 0)::float8
            FROM (
                SELECT m.created_at, m.next_attempt_at
                FROM store.outbox_message m
                WHERE m.sent_at IS NULL
                  AND m.parked_at IS NULL
                ORDER BY m.next_attempt_at
                LIMIT 10000
            ) o
            """);
        return new HealthCheckResult(
            oldest > Longest.TotalSeconds ? HealthStatus.Degraded : HealthStatus.Healthy,
            data: new Dictionary<string, object> { ["due"] = due, ["oldest_seconds"] = (long)oldest });
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
        var (count, oldest) = await connection.QuerySingleAsync<(long, double)>(
            """
            SELECT count(*), coalesce(extract(epoch FROM statement_timestamp() - min(p.expires_at)), 0)::float8
            FROM (
                SELECT w.expires_at
                FROM store.purchase w
                WHERE w.expires_at <= statement_timestamp()
                ORDER BY w.expires_at
                LIMIT 10000
            ) p
            """);
        return new HealthCheckResult(
            oldest > Longest.TotalSeconds ? HealthStatus.Degraded : HealthStatus.Healthy,
            data: new Dictionary<string, object> { ["past_deadline"] = count, ["oldest_seconds"] = (long)oldest });
    }
}

/// <summary>How old the reports are. One that is older than three times the schedule, or was never refreshed though there is one: degraded.</summary>
public sealed class ReportsCheck(StoreDataSources dataSources, IOptions<ReportOptions> options) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.Health.OpenConnectionAsync(cancellationToken);
        var (never, old, oldest) = await connection.QuerySingleAsync<(long, long, double)>(
            """
            SELECT count(*) FILTER (WHERE r.as_of IS NULL AND @isScheduled),
                   count(*) FILTER (WHERE r.as_of < statement_timestamp() - @OldAge),
                   coalesce(extract(epoch FROM statement_timestamp() - min(r.as_of)), 0)::float8
            FROM report.report r
            """,
            new { options.Value.OldAge, isScheduled = options.Value.Schedule is not null });
        return new HealthCheckResult(
            never + old > 0 ? HealthStatus.Degraded : HealthStatus.Healthy,
            data: new Dictionary<string, object> { ["never_refreshed"] = never, ["old"] = old, ["oldest_seconds"] = (long)oldest });
    }
}
