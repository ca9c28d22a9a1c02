using Dapper;
using Npgsql;

namespace PurchaseLimits.Web;

/// <summary>
/// Where connections come from, one source for each right and use. The money sources leave the isolation to the role,
/// which is SERIALIZABLE; pages read and edit carts in READ COMMITTED, because a serializable read of many rows would make
/// purchases abort (facts 4 and 28).
/// </summary>
public sealed class StoreDataSources : IAsyncDisposable
{
    static StoreDataSources()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new UtcTimestampHandler());
    }

    /// <param name="store">A login of role store_web.</param>
    /// <param name="admin">A login of role store_admin.</param>
    /// <param name="worker">A login of role store_worker.</param>
    /// <param name="longestProof">How long a proof of one rule may take; null: an hour.</param>
    public StoreDataSources(string store, string admin, string worker, TimeSpan? longestProof = null)
    {
        Money = Create(store, "money", readCommitted: false);
        Pages = Create(store, "pages", readCommitted: true);
        AdminMoney = Create(admin, "admin-money", readCommitted: false);
        AdminPages = Create(admin, "admin-pages", readCommitted: true);
        WorkerMoney = Create(worker, "worker-money", readCommitted: false);
        WorkerJobs = Create(worker, "worker-jobs", readCommitted: true);
        var seconds = (int)(longestProof ?? TimeSpan.FromHours(1)).TotalSeconds;
        Proofs = Create(worker, "proofs", readCommitted: true, settings =>
        {
            // One process proves at a time, rule by rule. Reading is all that it may.
            settings.MaxPoolSize = 2;
            settings.Options += $" -c default_transaction_read_only=on -c statement_timeout={seconds}s";
            settings.CommandTimeout = seconds + 5;
        });
        Health = Create(worker, "health", readCommitted: true, settings =>
        {
            // Whoever asks how the store is must not have to wait for it, nor keep others from it.
            settings.MaxPoolSize = 4;
            settings.Options += " -c default_transaction_read_only=on -c statement_timeout=2s -c lock_timeout=500ms";
            settings.Timeout = 2;
            settings.CommandTimeout = 3;
        });
    }

    /// <summary>Customers' money functions. Used by <see cref="Store"/> alone.</summary>
    public NpgsqlDataSource Money { get; }

    /// <summary>What customers' pages read, carts, and accounts.</summary>
    public NpgsqlDataSource Pages { get; }

    /// <summary>Admins' money functions. Used by <see cref="Store"/> alone.</summary>
    public NpgsqlDataSource AdminMoney { get; }

    /// <summary>What admins' pages read.</summary>
    public NpgsqlDataSource AdminPages { get; }

    /// <summary>Workers' money functions. Used by <see cref="Store"/> alone.</summary>
    public NpgsqlDataSource WorkerMoney { get; }

    /// <summary>How workers find what is to be done, and the outbox.</summary>
    public NpgsqlDataSource WorkerJobs { get; }

    /// <summary>Proofs of the rules, which read whole ledgers and take their time.</summary>
    public NpgsqlDataSource Proofs { get; }

    /// <summary>What <c>/health/ledger</c> reads: little, and quickly or not at all.</summary>
    public NpgsqlDataSource Health { get; }

    /// <summary>What the same role reads with, in READ COMMITTED.</summary>
    public NpgsqlDataSource ReadCommittedOf(NpgsqlDataSource source) =>
        source == Money ? Pages : source == AdminMoney ? AdminPages : source == WorkerMoney ? WorkerJobs : source;

    public async ValueTask DisposeAsync()
    {
        foreach (var source in new[] { Money, Pages, AdminMoney, AdminPages, WorkerMoney, WorkerJobs, Proofs, Health })
            await source.DisposeAsync();
    }

    private static NpgsqlDataSource Create(
        string connectionString, string use, bool readCommitted, Action<NpgsqlConnectionStringBuilder>? change = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = $"purchase-limits {use}",
            // Prepared by themselves, and no round trip to reset a session that nothing here changes (facts 12d).
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            // Seconds. The role's statement_timeout of 5 s ends a statement first; this ends a silence.
            Timeout = 3,
            CommandTimeout = 6,
        };
        if (readCommitted)
            settings.Options = $"{settings.Options} -c default_transaction_isolation=read\\ committed".TrimStart();
        change?.Invoke(settings);
        return NpgsqlDataSource.Create(settings);
    }

    /// <summary>timestamptz as <see cref="DateTimeOffset"/>, always UTC; infinity as the greatest one.</summary>
    private sealed class UtcTimestampHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        public override DateTimeOffset Parse(object value) => value switch
        {
            DateTimeOffset offset => offset,
            DateTime time when time == DateTime.MaxValue => DateTimeOffset.MaxValue,
            DateTime time when time == DateTime.MinValue => DateTimeOffset.MinValue,
            DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)),
            _ => throw new InvalidCastException($"{value.GetType()} is no timestamp"),
        };

        public override void SetValue(System.Data.IDbDataParameter parameter, DateTimeOffset value) =>
            parameter.Value = value.UtcDateTime;
    }
}
