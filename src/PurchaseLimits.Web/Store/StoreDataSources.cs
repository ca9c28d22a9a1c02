using Dapper;
using Npgsql;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>
/// Where connections come from, one source for each right and use. The money sources leave the isolation to the role,
/// which is SERIALIZABLE; pages read and edit carts in READ COMMITTED, because a serializable read of many rows would make
/// purchases abort (facts 4 and 28).
/// </summary>
public sealed class StoreDataSources : IAsyncDisposable
{
    private const string ReadCommitted = "-c default_transaction_isolation=read\\ committed";
    private const string ReadOnly = "-c default_transaction_read_only=on";
    private const string RepeatableRead = "-c default_transaction_isolation=repeatable\\ read";

    // One processor is enough for a report, purchases need the others; and what it sorts and compares stays in memory.
    private const string Gentle = "-c max_parallel_workers_per_gather=0 -c work_mem=64MB -c temp_buffers=64MB";

    // One that takes longer has lost its way; it gives up what it keeps the server from tidying.
    private static readonly TimeSpan s_longestReport = TimeSpan.FromMinutes(30);

    static StoreDataSources()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.AddTypeHandler(new UtcTimestampHandler());
    }

    /// <param name="store">A login of role store_web.</param>
    /// <param name="admin">A login of role store_admin.</param>
    /// <param name="worker">A login of role store_worker.</param>
    /// <param name="reports">A login of role store_admin on a server that has the same, a while later: a replica. Null: the same server.</param>
    /// <param name="longestProof">How long a proof of one rule may take; null: an hour.</param>
    public StoreDataSources(string store, string admin, string worker, string? reports = null, TimeSpan? longestProof = null)
    {
        Money = Create(store, "money");
        Pages = Create(store, "pages", ReadCommitted);
        AdminMoney = Create(admin, "admin-money");
        AdminPages = Create(admin, "admin-pages", ReadCommitted);
        WorkerMoney = Create(worker, "worker-money");
        WorkerJobs = Create(worker, "worker-jobs", ReadCommitted);
        WorkerReports = Create(worker, "worker-reports", $"{RepeatableRead} {Gentle}", s_longestReport);
        Reports = reports is null ? AdminPages : Create(reports, "reports", $"{ReadCommitted} {ReadOnly}");
        // One process proves at a time, rule by rule.
        Proofs = Create(worker, "proofs", $"{ReadCommitted} {ReadOnly}", longestProof ?? TimeSpan.FromHours(1), settings => Few(settings, 2));
        // Whoever asks how the store is must not have to wait for it, nor keep others from it.
        Health = Create(worker, "health", $"{ReadCommitted} {ReadOnly} -c lock_timeout=500ms", TimeSpan.FromSeconds(2), Brief);
        Ready = Create(store, "ready", $"{ReadCommitted} {ReadOnly} -c lock_timeout=500ms", TimeSpan.FromSeconds(2), Brief);
        ReadyKeys = Create(admin, "ready-keys", $"{ReadCommitted} {ReadOnly} -c lock_timeout=500ms", TimeSpan.FromSeconds(2), Brief);

        static void Brief(NpgsqlConnectionStringBuilder settings)
        {
            Few(settings, 4);
            settings.Timeout = 2;
        }

        // Whatever the setting says of pools, that is meant for the others.
        static void Few(NpgsqlConnectionStringBuilder settings, int most)
        {
            settings.MinPoolSize = 0;
            settings.MaxPoolSize = most;
        }
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

    /// <summary>
    /// How reports are refreshed: in REPEATABLE READ, so that all of one is of one moment, and for as long as it takes. A
    /// serializable one would make purchases abort (facts 28).
    /// </summary>
    public NpgsqlDataSource WorkerReports { get; }

    /// <summary>What reports read: materialized views. Perhaps a replica's, so nothing live is asked for here, and nothing decided by it.</summary>
    public NpgsqlDataSource Reports { get; }

    /// <summary>Proofs of the rules, which read whole ledgers and take their time.</summary>
    public NpgsqlDataSource Proofs { get; }

    /// <summary>What <c>/health/ledger</c> reads: little, and quickly or not at all.</summary>
    public NpgsqlDataSource Health { get; }

    /// <summary>What <c>/health/ready</c> asks as a customer's page does.</summary>
    public NpgsqlDataSource Ready { get; }

    /// <summary>What it asks about the keys of cookies and forms.</summary>
    public NpgsqlDataSource ReadyKeys { get; }

    /// <summary>What the same role reads with, in READ COMMITTED.</summary>
    public NpgsqlDataSource ReadCommittedOf(NpgsqlDataSource source) =>
        source == Money ? Pages : source == AdminMoney ? AdminPages : source == WorkerMoney ? WorkerJobs : source;

    public async ValueTask DisposeAsync()
    {
        foreach (var source in new[] { Money, Pages, AdminMoney, AdminPages, WorkerMoney, WorkerJobs, WorkerReports, Reports, Proofs, Health, Ready, ReadyKeys }.Distinct())
            await source.DisposeAsync();
    }

    /// <param name="connectionString">A login.</param>
    /// <param name="use">How the server's administrators see it.</param>
    /// <param name="options">Settings of its sessions; null: the role's.</param>
    /// <param name="longest">A statement may take that long; null: what the role's statement_timeout says, 5 s.</param>
    /// <param name="change">What else is different.</param>
    private static NpgsqlDataSource Create(
        string connectionString, string use, string? options = null, TimeSpan? longest = null, Action<NpgsqlConnectionStringBuilder>? change = null)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString)
        {
            ApplicationName = $"purchase-limits {use}",
            // Whatever the setting says: the details of an error are values of rows, people's among them, and errors are logged.
            IncludeErrorDetail = false,
            // Prepared by themselves, and no round trip to reset a session that nothing here changes (facts 12d).
            MaxAutoPrepare = 50,
            AutoPrepareMinUsages = 2,
            NoResetOnClose = true,
            // Seconds. The server's statement_timeout ends a statement first; this ends a silence.
            Timeout = 3,
            CommandTimeout = 1 + (int)(longest?.TotalSeconds ?? 5),
        };
        if (longest is { } time)
            options += $" -c statement_timeout={(int)time.TotalSeconds}s";
        if (options is not null)
            settings.Options = $"{settings.Options} {options}".Trim();
        change?.Invoke(settings);
        // The name is what metrics call its pool.
        return new NpgsqlDataSourceBuilder(settings.ConnectionString) { Name = use }.ConfigureTracing(StoreTraces.Configure).Build();
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
