using System.Text.Json;
using Dapper;

namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>What must hold after a schedule.</summary>
internal sealed class Checks(ExplorerDatabase database, Scenario scenario, SerialOrders serial)
{
    private string? _rules;

    /// <summary>The outcome's name: "confirmed" of {"outcome": "confirmed", …}.</summary>
    public static string OutcomeOf(string outcome) =>
        outcome.StartsWith('{') ? JsonDocument.Parse(outcome).RootElement.GetProperty("outcome").GetString()! : outcome.Split(' ')[0].Trim('"');

    /// <summary>What is asked of each schedule by itself.</summary>
    public async Task<Violation?> AtOnceAsync(ScheduleRun run, long customerId)
    {
        string?[] found =
        [
            serial.DifferenceOrNull(run, await SerialOrders.StateAsync(database, scenario, customerId)),
            await RecordedOrNullAsync(run, customerId),
            await AboveLimitOrNullAsync(customerId),
            scenario.Commands.All(command => command.HasOneOutcome) ? null : await ReportsOrNullAsync(),
        ];
        return found.All(what => what is null) ? null : new Violation(scenario, run.Letters, run.Steps, string.Join('\n', found.OfType<string>()));
    }

    /// <summary>The rules of the ledger, I1 to I15 but for the reports', which are read whole.</summary>
    public async Task<IReadOnlyList<Violation>> TogetherAsync(IReadOnlyList<(ScheduleRun Run, long CustomerId)> runs)
    {
        if (runs.Count == 0)
            return [];
        await using var connection = await database.OpenSuperuserAsync();
        _rules ??= string.Join(" UNION ALL ", (await connection.QueryAsync<string>(
                "SELECT table_name FROM information_schema.views WHERE table_schema = 'store' AND table_name ~ '^integrity_i\\d' AND table_name !~ '^integrity_i10'"))
            .Select(view => $"SELECT customer_id, rule || ': ' || detail AS broken FROM store.{view} WHERE customer_id BETWEEN @first AND @last"));
        var broken = await connection.QueryAsync<(long CustomerId, string Broken)>(
            _rules, new { first = runs.Min(run => run.CustomerId), last = runs.Max(run => run.CustomerId) });
        return
        [
            .. from rule in broken
               group rule.Broken by rule.CustomerId into rules
               join run in runs on rules.Key equals run.CustomerId
               select new Violation(scenario, run.Run.Letters, run.Run.Steps, string.Join('\n', rules)),
        ];
    }

    /// <summary>What was acknowledged is there once, and nothing that was not.</summary>
    private async Task<string?> RecordedOrNullAsync(ScheduleRun run, long customerId)
    {
        await using var connection = await database.OpenSuperuserAsync();
        foreach (var (key, outcomes) in Enumerable.Range(0, run.Outcomes.Count)
                     .Where(i => scenario.Commands[i].Key is not null)
                     .GroupBy(i => scenario.Commands[i].Key!, i => OutcomeOf(run.Outcomes[i]))
                     .Select(group => (group.Key, group.ToList())))
        {
            var times = await connection.QuerySingleAsync<long>(
                """
                SELECT (SELECT count(*) FROM store.refund WHERE customer_id = @customerId AND refund_id = test.key(@customerId, @key))
                     + (SELECT count(*) FROM store.customer_event
                        WHERE customer_id = @customerId AND purchase_id = test.key(@customerId, @key) AND kind IN ('purchase_confirmed', 'purchase_refused'))
                """, new { customerId, key });
            var answered = outcomes.Exists(outcome => outcome is "confirmed" or "over_limit" or "refunded" or "already_recorded");
            if (times != (answered ? 1 : 0))
                return $"{key} was answered {string.Join(", ", outcomes)}, and is on record {times} times.";
        }

        return null;
    }

    /// <summary>What counts, added up anew, is within a limit that was once in force.</summary>
    private async Task<string?> AboveLimitOrNullAsync(long customerId)
    {
        await using var connection = await database.OpenSuperuserAsync();
        return await connection.QuerySingleOrDefaultAsync<string>(
            """
            SELECT format('%s count, and no limit was ever above %s', c.counted, l.highest)
            FROM (
                SELECT sum(p.total * (p.status IN ('confirmed', 'partly_refunded', 'refunded'))::int - p.restored + p.held) AS counted
                FROM store.purchase p
                WHERE p.customer_id = @customerId
            ) c
            CROSS JOIN (SELECT max(e.limit_at_time) AS highest FROM store.customer_event e WHERE e.customer_id = @customerId) l
            WHERE c.counted > l.highest
            """, new { customerId });
    }

    /// <summary>I10, of every report; and a refresh that gave up is ended, as its worker would, so that another may begin.</summary>
    private async Task<string?> ReportsOrNullAsync()
    {
        await using var connection = await database.OpenSuperuserAsync();
        await connection.ExecuteAsync("UPDATE report.report_refresh SET finished_at = clock_timestamp(), error = 'It gave up.' WHERE finished_at IS NULL");
        return await connection.QueryFirstOrDefaultAsync<string>("SELECT detail FROM report.differences()");
    }
}
