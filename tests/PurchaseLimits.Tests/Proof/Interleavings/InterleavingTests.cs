using System.Diagnostics;
using Dapper;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>Two or three commands at once, in every order of their steps where those are few, in many where they are not.</summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class InterleavingTests(PostgresServer server)
{
    private static readonly int s_seed = ProofTier.DrawSeed("INTERLEAVINGS_SEED");

    [Fact]
    public async Task The_closest_pairs_end_in_every_order_as_one_after_the_other_would()
    {
        var findings = await ExploreAsync("two commands, the closest", Scenario.ClosestPairs, 200, conductors: 3);
        Assert.Equal(Scenario.ClosestPairs.Count, findings.Exhausted);
    }

    [Fact]
    public Task Two_commands_end_as_one_after_the_other_would() =>
        ExploreAsync("two commands", Scenario.Pairs, ProofTier.Of(4, 160), conductors: 3);

    [Fact]
    public Task Purchases_decided_with_those_of_others_end_as_one_after_the_other_would() =>
        ExploreAsync("purchases in one transaction with others'", Scenario.InCompany, ProofTier.Of(20, 400), conductors: 3);

    [Fact]
    public Task Three_commands_end_as_one_after_the_other_would() =>
        ExploreAsync("three commands", ProofTier.Of(Scenario.Triples, Scenario.AllTriples), 20, conductors: 3);

    [Fact]
    public Task Reports_that_are_refreshed_meanwhile_are_what_the_ledger_says() =>
        ExploreAsync("with a refresh", Scenario.Refreshes, ProofTier.Of(6, 60), conductors: 1);

    /// <summary>As a failed run prints it: <c>INTERLEAVING="buy a × cut (Standing): ABBA"</c>.</summary>
    [Fact]
    public async Task One_schedule_can_be_run_alone()
    {
        var chosen = Environment.GetEnvironmentVariable("INTERLEAVING");
        var parts = (chosen ?? "buy a × buy b (Standing): ABAB").Split(": ");
        var scenario = Scenario.ClosestPairs.Concat(Scenario.Pairs).Concat(Scenario.InCompany).Concat(Scenario.Triples).Concat(Scenario.AllTriples).Concat(Scenario.Refreshes).First(scenario => scenario.Name == parts[0]);
        await using var database = await ExplorerDatabase.CreateAsync(server);

        var (run, violation) = await new Explorer(database).ReplayAsync(scenario, parts[1]);

        foreach (var step in run.Steps)
            TestContext.Current.TestOutputHelper!.WriteLine(step);
        Assert.True(violation is null, $"{violation}");
        if (chosen is null)
        {
            Assert.Equal(
                ["A buy a, from its beginning: stands before the lock", "B buy b, from its beginning: stands before the lock",
                 "A buy a, from before the lock: stands with the lock", "B buy b, from before the lock: waits for another"],
                run.Steps.Take(4));
            Assert.Contains(run.Steps, step => step.EndsWith("then B, which waited: is rolled back", StringComparison.Ordinal));
            Assert.Equal(["confirmed", "over_limit"], run.Outcomes.Select(Checks.OutcomeOf));
        }
    }

    /// <summary>The row is not locked, nobody looks whether it moved meanwhile, and no constraint minds.</summary>
    [Fact]
    public async Task Without_the_lock_it_finds_what_goes_wrong()
    {
        await using var database = await ExplorerDatabase.CreateAsync(server, async superuser =>
        {
            await ExplorerDatabase.ChangeFunctionAsync(superuser, "store.lock_customer", "<> 'serializable'", "= 'nothing'");
            await ExplorerDatabase.ChangeFunctionAsync(superuser, "store.lock_customer", "FOR UPDATE OF a", "");
            await ExplorerDatabase.ChangeFunctionAsync(superuser, "store.record_purchases", "AND a.last_sequence_number = account.sequence_number_before", "");
            await superuser.ExecuteAsync(
                """
                DO $do$
                DECLARE
                    v_constraint record;
                BEGIN
                    FOR v_constraint IN
                        SELECT c.conrelid::regclass AS relation, c.conname
                        FROM pg_constraint c
                        WHERE c.conrelid = ANY ('{store.customer_event, store.customer_purchased_amount, store.purchase, store.outbox_message}'::regclass[])
                        ORDER BY c.contype = 'p'
                    LOOP
                        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I CASCADE', v_constraint.relation, v_constraint.conname);
                    END LOOP;
                END
                $do$
                """);
        });
        await using var reference = await ExplorerDatabase.CreateAsync(server);
        var scenario = new Scenario(Start.Standing, Command.Buy("a"), Command.Buy("b", productId: 3));

        var findings = await new Explorer(database).ExploreAsync(new()
        {
            Scenarios = [scenario],
            SchedulesEach = 20,
            Seed = s_seed,
            Isolation = "READ COMMITTED",
            Reference = reference,
        });

        TestContext.Current.TestOutputHelper!.WriteLine($"{findings.Violations.Count} of {findings.Schedules}, the first: {findings.Violations.FirstOrDefault()}");
        // Both are sold, $70.00 above the limit; and one after the other they are what they should be.
        Assert.Contains(findings.Violations, violation => violation.What.Contains("570 count, and no limit was ever above 500", StringComparison.Ordinal));
        var (_, none) = await new Explorer(database).ReplayAsync(scenario, new string('A', 20), "READ COMMITTED", reference);
        Assert.True(none is null, $"{none}");
    }

    private async Task<Findings> ExploreAsync(string what, IReadOnlyList<Scenario> scenarios, int schedulesEach, int conductors)
    {
        ProofTier.PrintSeed("INTERLEAVINGS_SEED", s_seed);
        var started = Stopwatch.GetTimestamp();
        await using var database = await ExplorerDatabase.CreateAsync(server);
        Assert.Empty(database.MissingBreakpoints);

        var findings = await new Explorer(database).ExploreAsync(new()
        {
            Scenarios = scenarios,
            SchedulesEach = schedulesEach,
            Seed = s_seed,
            Conductors = conductors,
        });

        ProofRun.Add(new ProofTrial
        {
            Section = "Interleavings",
            What = $"{what}: {scenarios.Count} combinations, {HowMany(findings, scenarios.Count)}",
            Tried = findings.Schedules,
            Unit = "schedules",
            Violations = findings.Violations.Count,
            Seed = s_seed,
            Outcomes = findings.Outcomes,
            Took = Stopwatch.GetElapsedTime(started),
        });
        Assert.True(findings.Violations.Count == 0, string.Join("\n\n", findings.Violations.Take(3)));
        return findings;
    }

    private static string HowMany(Findings findings, int scenarios) => findings.Exhausted == scenarios
        ? "every order"
        : $"{(findings.Exhausted == 0 ? "some of their orders" : $"every order of {findings.Exhausted}, some of the others'")}; there are more than {findings.Tried.Values.Sum(tried => tried.Known):N0}";
}
