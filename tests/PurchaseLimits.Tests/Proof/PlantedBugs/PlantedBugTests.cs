using System.Diagnostics;
using Dapper;
using PurchaseLimits.Tests.Proof.Interleavings;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>
/// Wrong variants of the store that people write, planted one by one: with its constraints, and without them, where only the proofs
/// can see it. Proofs that do not find these would find nothing else.
/// </summary>
[Trait("Proof", "long")]
public sealed class PlantedBugTests(PostgresServer server, CleanStore clean) : IClassFixture<CleanStore>
{
    // A schedule takes some ten milliseconds.
    private static readonly int s_schedulesEach = ProofTier.Of(30, 200);
    private static readonly int s_seed = ProofTier.Seed("PLANTED_SEED");

    public static TheoryData<string> Names => [.. Bugs.All.Select(bug => bug.Name)];

    public static TheoryData<string, bool> Controls => [.. Bugs.Controls.SelectMany(control => new[] { (control.Name, true), (control.Name, false) })];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Is_caught_with_the_constraints_and_without(string name)
    {
        var bug = Bugs.All.Single(bug => bug.Name == name);
        var started = Stopwatch.GetTimestamp();
        var tried = await Task.WhenAll(CatchAsync(bug, withConstraints: true, s_schedulesEach), CatchAsync(bug, withConstraints: false, s_schedulesEach));
        var (withConstraints, without) = (tried[0], tried[1]);

        Report(bug.Name, started, withConstraints.Schedules + without.Schedules, tried.Count(one => !one.IsCaught),
            $"with constraints: {withConstraints.Text}", $"without: {without.Text}");
        TestContext.Current.TestOutputHelper!.WriteLine($"{bug.Why}\n{without.First}");
        Assert.True(withConstraints.IsCaught, "not caught, though there are constraints");
        Assert.True(without.IsCaught, "not caught where there are no constraints");
    }

    /// <summary>Detectors that always find something find nothing.</summary>
    [Theory]
    [MemberData(nameof(Controls))]
    public async Task Nothing_is_found_where_nothing_was_planted(string name, bool withConstraints)
    {
        var control = Bugs.Controls.Single(control => control.Name == name);
        var started = Stopwatch.GetTimestamp();
        var found = await CatchAsync(control, withConstraints, ProofTier.Of(8, 60));

        Report($"nothing: {name}, with{(withConstraints ? "" : "out")} constraints", started, found.Schedules, found.IsCaught ? 1 : 0, found.IsCaught ? found.Text : "nothing found");
        Assert.True(!found.IsCaught, found.First);
    }

    private async Task<Catch> CatchAsync(PlantedBug bug, bool withConstraints, int schedulesEach)
    {
        await using var planted = await CleanStore.CreateAsync(server, withConstraints);
        await using (var superuser = await planted.OpenSuperuserAsync())
            await superuser.ExecuteAsync(Asked.RisingPrice);
        var exploration = new Exploration
        {
            Scenarios = bug.Scenarios,
            SchedulesEach = schedulesEach,
            Seed = s_seed,
            Conductors = Math.Min(bug.Scenarios.Count, 2),
            StopsAtFirst = true,
            Reference = clean.Database,
        };
        return await Catch.TryAsync(planted, bug, exploration with { FirstCustomer = clean.TakeCustomers(exploration.Customers) });
    }

    private static void Report(string what, long started, long schedules, int violations, params string[] outcomes)
    {
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {s_seed}: PLANTED_SEED={s_seed} draws the same again");
        ProofRun.Add(new()
        {
            Section = "Planted bugs",
            What = what,
            Tried = schedules,
            Unit = "schedules",
            Violations = violations,
            Seed = s_seed,
            Outcomes = outcomes.ToDictionary(outcome => outcome, _ => 1L),
            Took = Stopwatch.GetElapsedTime(started),
        });
    }
}
