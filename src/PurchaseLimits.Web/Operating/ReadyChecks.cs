using System.Diagnostics;
using Dapper;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using PurchaseLimits.Database;

namespace PurchaseLimits.Web.Operating;

/// <summary>Not while it stops: see <see cref="Drain"/>.</summary>
public sealed class ProcessCheck(IHostApplicationLifetime lifetime) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken) =>
        Task.FromResult(lifetime.ApplicationStopping.IsCancellationRequested ? ReadyCheck.NotReady("stopping") : HealthCheckResult.Healthy());
}

/// <summary>
/// A check that asks the database, by a pool of its own and within 2 s. Whoever asks in the same second gets the same answer, so
/// that asking very often costs nothing and makes nobody wait.
/// </summary>
public abstract class ReadyCheck(NpgsqlDataSource source) : IHealthCheck
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_holds = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private Task<HealthCheckResult>? _answer;
    private long _asked;

    /// <summary>The answer has the reason; the log has a line with what the driver says besides, each time it is asked for.</summary>
    public static HealthCheckResult NotReady(string reason, Exception? exception = null) => HealthCheckResult.Unhealthy(
        exception is null ? reason : $"{reason}: {exception.Message}", data: new Dictionary<string, object> { ["reason"] = reason });

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (_answer is null or { IsCompleted: true } && Stopwatch.GetElapsedTime(_asked) > s_holds)
            {
                _asked = Stopwatch.GetTimestamp();
                _answer = AskAsync();
            }

            return _answer!.WaitAsync(cancellationToken);
        }
    }

    /// <summary>Null when ready; else why not, in words that hold no secret.</summary>
    protected abstract Task<string?> ReasonOrNullAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    // Nobody's token: others wait for the same answer.
    private async Task<HealthCheckResult> AskAsync()
    {
        using var patience = new CancellationTokenSource(s_patience);
        try
        {
            return await TwiceAsync(patience.Token).WaitAsync(patience.Token) is { } reason ? NotReady(reason) : HealthCheckResult.Healthy();
        }
        catch (PostgresException exception)
        {
            return NotReady("the database refuses", exception);
        }
        catch (Exception exception) when (exception is NpgsqlException or OperationCanceledException or TimeoutException)
        {
            return NotReady("the database does not answer", exception);
        }
    }

    private async Task<string?> TwiceAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await OnceAsync(cancellationToken);
        }
        // Somebody cut what the pool had kept, when the server started again, say: a new connection tells how the database is now.
        catch (Exception exception) when (RetryPolicy.Classify(exception, sent: true) == Failure.InDoubt && !cancellationToken.IsCancellationRequested)
        {
            source.Clear();
            return await OnceAsync(cancellationToken);
        }
    }

    private async Task<string?> OnceAsync(CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        return await ReasonOrNullAsync(connection, cancellationToken);
    }
}

/// <summary>Customers' own login answers.</summary>
public sealed class DatabaseCheck(StoreDataSources dataSources) : ReadyCheck(dataSources.Ready)
{
    protected override async Task<string?> ReasonOrNullAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        // Not on a standby: it cannot sell.
        return await connection.QuerySingleAsync<bool>(new CommandDefinition("SELECT pg_is_in_recovery()", cancellationToken: cancellationToken))
            ? "the database is a standby" : null;
    }
}

/// <summary>
/// The schema is one that this program works on, as at the start. A newer release may migrate meanwhile: that must not make every
/// running process unready at once, unless its author says that older ones do not work any more.
/// </summary>
public sealed class SchemaCheck(StoreDataSources dataSources) : ReadyCheck(dataSources.Ready)
{
    protected override async Task<string?> ReasonOrNullAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var schema = await SchemaStatus.ReadAsync(connection);
        return schema.FitsWeb ? null : "the schema is not one that this version works on";
    }
}

/// <summary>The keys of cookies and forms can be read, and there is one: see <see cref="Accounts.DatabaseKeys"/>.</summary>
public sealed class KeysCheck(StoreDataSources dataSources) : ReadyCheck(dataSources.ReadyKeys)
{
    protected override async Task<string?> ReasonOrNullAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        return await connection.QuerySingleAsync<bool>(new CommandDefinition(
            "SELECT EXISTS (SELECT FROM account.data_protection_key WHERE xml <> '')", cancellationToken: cancellationToken))
            ? null : "there are no keys";
    }
}
