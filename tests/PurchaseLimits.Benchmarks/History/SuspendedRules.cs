using System.Diagnostics;
using Dapper;
using Npgsql;

namespace PurchaseLimits.Benchmarks.History;

/// <summary>
/// Keys, foreign keys and indexes of some tables, dropped while much is written and then made again from PostgreSQL's own
/// account of them, over all rows at once: faster by far, and no less of a proof. CHECKs and triggers stay.
/// </summary>
/// <param name="database">In a transaction, with an empty search path, so that names are written in full.</param>
/// <param name="say">Takes progress, a sentence each.</param>
internal sealed class SuspendedRules(NpgsqlConnection database, Action<string> say)
{
    // A key that something else stands on (a view that groups by it) stays. So does nothing today.
    private const string FindRules =
        """
        SELECT
            CASE c.contype WHEN 'f' THEN 3 ELSE 1 END AS step,
            format('%I of %s', c.conname, c.conrelid::regclass) AS name,
            format('ALTER TABLE %s DROP CONSTRAINT %I', c.conrelid::regclass, c.conname) AS removal,
            format('ALTER TABLE %s ADD CONSTRAINT %I %s', c.conrelid::regclass, c.conname, pg_get_constraintdef(c.oid)) AS creation
        FROM pg_constraint c
        WHERE c.contype IN ('f', 'p', 'u', 'x')
          AND (c.conrelid = ANY (@tables::regclass[]) OR c.confrelid = ANY (@tables::regclass[]))
          AND NOT EXISTS (
              SELECT
              FROM pg_depend d
              WHERE d.refclassid = 'pg_constraint'::regclass
                AND d.refobjid = c.oid
                AND d.classid <> 'pg_constraint'::regclass
                AND d.deptype = 'n'
          )
        UNION ALL
        SELECT 2, i.indexrelid::regclass::text, format('DROP INDEX %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
        FROM pg_index i
        WHERE i.indrelid = ANY (@tables::regclass[])
          AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
        ORDER BY step, name
        """;

    private const string DescribeRules =
        """
        SELECT concat_ws(' · ', c.conrelid::regclass, c.conname, c.contype, c.convalidated, pg_get_constraintdef(c.oid),
                         obj_description(c.oid, 'pg_constraint'))
        FROM pg_constraint c
        WHERE c.conrelid <> 0
          AND c.connamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
        UNION ALL
        SELECT concat_ws(' · ', pg_get_indexdef(i.indexrelid), i.indisprimary, i.indisvalid, i.indisclustered, i.indisreplident,
                         r.reltablespace, pg_get_userbyid(r.relowner), obj_description(i.indexrelid, 'pg_class'))
        FROM pg_index i
        JOIN pg_class r ON r.oid = i.indexrelid
        WHERE r.relnamespace::regnamespace::text !~ '^pg_'
        ORDER BY 1
        """;

    private IReadOnlyList<Rule> _rules = [];
    private IReadOnlyList<string> _before = [];

    /// <param name="tables">With their schema.</param>
    public async Task SuspendAsync(string[] tables)
    {
        _before = await DescribeAsync();
        _rules = [.. await database.QueryAsync<Rule>(FindRules, new { tables })];
        foreach (var rule in _rules.OrderByDescending(rule => rule.Step))
            await database.ExecuteAsync(rule.Removal);
    }

    /// <summary>Foreign keys last: they point at keys.</summary>
    /// <exception cref="PostgresException">What was written breaks a rule.</exception>
    /// <exception cref="HistoryRefusedException">A rule is not again what it was.</exception>
    public async Task RestoreAsync()
    {
        foreach (var rule in _rules)
        {
            var watch = Stopwatch.StartNew();
            await database.ExecuteAsync(rule.Creation);
            if (watch.Elapsed.TotalSeconds >= 1)
                say($"  {rule.Name}: {watch.Elapsed.TotalSeconds:0.0} s");
        }

        var after = await DescribeAsync();
        var different = _before.Except(after).Concat(after.Except(_before)).ToList();
        if (different.Count > 0)
            throw new HistoryRefusedException($"A rule could not be made again as it was, so nothing is kept: {string.Join("; ", different)}");
    }

    private async Task<IReadOnlyList<string>> DescribeAsync() => [.. await database.QueryAsync<string>(DescribeRules)];

    private sealed record Rule(int Step, string Name, string Removal, string Creation);
}
