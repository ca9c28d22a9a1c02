using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using PurchaseLimits.Tests.Proof.Interleavings;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>How a planted bug came to light.</summary>
/// <param name="Schedules">How many were run until then.</param>
/// <param name="How">Empty: it did not.</param>
/// <param name="First">What was found first, for a reader.</param>
internal sealed partial record Catch(long Schedules, IReadOnlyList<string> How, string First)
{
    private const string NoSerialOrder = "no serial order ends so";

    public bool IsCaught => How.Count > 0;

    public string Text => IsCaught ? string.Join(" + ", How) : "not caught";

    /// <summary>
    /// Plants a bug, and tries the schedules of its scenarios until a rule is broken or something ends as no serial order of the store
    /// as it is does. Then the functions are again what they were.
    /// </summary>
    public static async Task<Catch> TryAsync(ExplorerDatabase database, PlantedBug bug, Exploration exploration)
    {
        var functions = bug.Changes.Select(change => change.Function).Distinct().ToArray();
        await using var superuser = await database.OpenSuperuserAsync();
        var asTheyAre = await superuser.QueryAsync<string>("SELECT pg_get_functiondef(f::regproc::oid) FROM unnest(@functions) f", new { functions });
        try
        {
            var findings = await new Explorer(database).ExploreAsync(exploration with
            {
                Scenarios = bug.Scenarios,
                Isolation = bug.Isolation,
                Plant = bug.PlantAsync,
                StopsAtFirst = !bug.CallersDecide,
            });
            if (findings.Violations.FirstOrDefault() is not { } violation)
                return new(findings.Schedules, [], "");
            var ways = findings.Violations.SelectMany(found => WaysOf(found.What)).Where(way => way != NoSerialOrder || !bug.CallersDecide);
            var rules = await BrokenRulesAsync(superuser, exploration.FirstCustomer, exploration.FirstCustomer + exploration.Customers - 1);
            return new(findings.Schedules, [.. ways.Concat(rules).Distinct()], violation.ToString());
        }
        finally
        {
            foreach (var function in asTheyAre)
                await superuser.ExecuteAsync(function);
        }
    }

    /// <summary>
    /// What a violation says: first what was loud, a constraint or the store itself that stopped it; then what only a proof sees.
    /// </summary>
    private static IEnumerable<string> WaysOf(string what)
    {
        foreach (Match error in Loud().Matches(what.Split('\n')[0]))
            yield return error.Value;
        if (what.Contains("no limit was ever above", StringComparison.Ordinal))
            yield return "above every limit";
        if (OnRecord().IsMatch(what))
            yield return "answered and on record differ";
        if (what.Contains("No serial order ends so", StringComparison.Ordinal))
            yield return NoSerialOrder;
        foreach (Match rule in Rule().Matches(what))
            yield return rule.Groups[1].Value;
    }

    /// <summary>The ledger's rules, asked of everybody who did something: a hold that is made to be overdue is not as the ledger says.</summary>
    private static Task<IEnumerable<string>> BrokenRulesAsync(NpgsqlConnection superuser, long first, long last) => superuser.QueryAsync<string>(
        """
        SELECT DISTINCT v.rule
        FROM store.integrity_violation v
        JOIN store.customer_purchased_amount a USING (customer_id)
        WHERE v.rule <> 'I10'
          AND v.customer_id BETWEEN @first AND @last
          AND a.last_sequence_number > 3
        """, new { first, last });

    [GeneratedRegex(@"\b(23\d{3} \w+|PL\d{3})\b")]
    private static partial Regex Loud();

    [GeneratedRegex(@"is on record \d+ times")]
    private static partial Regex OnRecord();

    [GeneratedRegex(@"^(I\d+): ", RegexOptions.Multiline)]
    private static partial Regex Rule();
}
