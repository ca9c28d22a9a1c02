using System.Data;
using System.Diagnostics;
using Dapper;
using Npgsql;
using PurchaseLimits.Database;

namespace PurchaseLimits.Benchmarks.History;

/// <summary>Fills an empty store with a history, in one transaction.</summary>
/// <param name="connectionString">A login that may migrate the database.</param>
/// <param name="say">Takes progress, a line each.</param>
public sealed class HistoryWriter(string connectionString, Action<string> say)
{
    /// <summary>Happenings that are in memory at a time; each table is written once for as many.</summary>
    private const int ChunkSize = 100_000;

    private static readonly string[] Tables = [.. HistoryCopy.Tables.Select(table => $"store.{table}")];

    /// <exception cref="HistoryRefusedException">The database is not an empty, migrated one, or no history can be as asked for.</exception>
    /// <exception cref="NpgsqlException">Nothing was kept.</exception>
    public async Task<HistorySummary> FillAsync(HistoryOptions options)
    {
        options.Check();
        var watch = Stopwatch.StartNew();
        var status = await new Migrator(connectionString).StatusAsync();
        if (!status.IsCurrent)
            throw new HistoryRefusedException($"The database is not migrated to this version: {status.Sentence}");

        await using var database = new NpgsqlConnection(Session().ConnectionString);
        await database.OpenAsync();
        await using var transaction = await database.BeginTransactionAsync(IsolationLevel.ReadCommitted);
        await database.ExecuteAsync("SET LOCAL search_path = ''"); // so that every name is written in full
        await RefuseDataAsync(database);

        var facts = await StoreFacts.ReadAsync(database, options.Days);
        say($"{options.Purchases:N0} purchases of {options.Customers:N0} customers in {options.Days:N0} days, seed {options.Seed}.");
        var refunds = Foresee(options, facts, out var total, out var limitChanges);
        say($"The story has {total:N0} happenings; {watch.Elapsed.TotalSeconds:0.0} s to make it up.");

        var rules = new SuspendedRules(database, say);
        await rules.SuspendAsync(Tables);
        var story = new Story(options, facts);
        var copy = new HistoryCopy(database, refunds);
        copy.WriteProducts(story.Prices);
        var progress = Stopwatch.StartNew();
        var told = 0L;
        foreach (var chunk in story.Tell().Chunk(ChunkSize))
        {
            copy.Write(chunk);
            told += chunk.Length;
            say($"  {told:N0} of {total:N0}: {copy.Rows:N0} rows, {copy.Rows / progress.Elapsed.TotalSeconds:N0} rows/s");
        }

        copy.WriteAccounts(story.Accounts);
        await SetSequencesAsync(database);
        await database.ExecuteAsync($"ANALYZE {string.Join(", ", Tables)}"); // or the foreign keys are checked by a poor plan
        say($"Written after {watch.Elapsed.TotalSeconds:0} s. Now the keys and indexes, which check it:");
        await rules.RestoreAsync();
        await transaction.CommitAsync();
        // Or autovacuum would do it while something is measured.
        say($"Committed after {watch.Elapsed.TotalSeconds:0} s. Vacuuming.");
        await database.ExecuteAsync($"VACUUM (FREEZE, ANALYZE) {string.Join(", ", Tables)}, store.category, store.product, store.product_price");

        var summary = new HistorySummary
        {
            Confirmed = story.Confirmed,
            Refused = story.Refused,
            Refunded = refunds.Count,
            LimitChanges = limitChanges,
            Rows = copy.Rows,
            LastDayBeganAt = DateTime.UnixEpoch.AddTicks(facts.DayStarts[^1] * TimeSpan.TicksPerMicrosecond),
            Elapsed = watch.Elapsed,
            Size = await database.ExecuteScalarAsync<long>("SELECT pg_catalog.pg_database_size(pg_catalog.current_database())"),
        };
        say($"Done: {summary.Confirmed:N0} purchases, {summary.Refused:N0} refused, {summary.Refunded:N0} refunded, {summary.LimitChanges:N0} changes of limits.");
        say($"{summary.Rows:N0} rows in {summary.Elapsed.TotalSeconds:0} s, {summary.Rows / summary.Elapsed.TotalSeconds:N0} rows/s; {summary.Size / 1_000_000:N0} MB.");
        return summary;
    }

    private NpgsqlConnectionStringBuilder Session() => new(connectionString)
    {
        ApplicationName = "purchase-limits history",
        Pooling = false,
        CommandTimeout = 0,
        // As the owner of the tables. A crash of the server after the end may lose this history, and no more.
        Options = "-c role=store_owner -c lock_timeout=5s -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
            + " -c synchronous_commit=off -c maintenance_work_mem=512MB -c max_parallel_maintenance_workers=4 -c jit=off"
            // Foreign keys are checked for all rows at once: hashed that is two scans, merged it reads tables in the order of an index.
            + " -c enable_mergejoin=off -c enable_nestloop=off",
    };

    // Locked before it is looked at: nobody registers meanwhile.
    private static async Task RefuseDataAsync(NpgsqlConnection database)
    {
        await database.ExecuteAsync($"LOCK TABLE store.category, store.product, {string.Join(", ", Tables)}");
        foreach (var table in (string[])["store.customer", "store.customer_event", "store.product", "store.category"])
        {
            if (await database.ExecuteScalarAsync<bool>($"SELECT EXISTS (SELECT FROM {table})"))
                throw new HistoryRefusedException($"A history is for an empty database; in this one {table} has rows. Nothing was changed.");
        }
    }

    // Told once to nobody: a purchase's row says what became of it later.
    private static Dictionary<long, Happening> Foresee(HistoryOptions options, StoreFacts facts, out long total, out long limitChanges)
    {
        var refunds = new Dictionary<long, Happening>();
        (total, limitChanges) = (0, 0);
        foreach (var happening in new Story(options, facts).Tell())
        {
            total++;
            if (happening.Kind == Happening.LimitChanged)
                limitChanges++;
            if (happening.IsRefund)
                refunds.Add(happening.Order!.Number, happening);
        }

        return refunds;
    }

    private static Task<int> SetSequencesAsync(NpgsqlConnection database) => database.ExecuteAsync(
        """
        SELECT setval('store.customer_id_sequence', (SELECT max(customer_id) FROM store.customer)),
               setval('store.purchase_number_sequence', (SELECT max(purchase_number) FROM store.purchase)),
               setval(pg_get_serial_sequence('store.category', 'category_id'), (SELECT max(category_id) FROM store.category)),
               setval(pg_get_serial_sequence('store.product', 'product_id'), (SELECT max(product_id) FROM store.product))
        """);
}
