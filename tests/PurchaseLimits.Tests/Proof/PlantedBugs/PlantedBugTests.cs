using System.Diagnostics;
using Xunit;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>
/// Wrong variants of the store that people write, planted one by one: with its constraints, and without them, where only the proofs
/// can see it. Proofs that do not find these would find nothing else.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class PlantedBugTests(PlantingGround ground) : IClassFixture<PlantingGround>
{
    private static readonly int s_seed = ProofTier.DrawSeed("PLANTED_SEED");

    public static TheoryData<string> Names => [.. Bugs.All.Select(bug => bug.Name)];

    public static TheoryData<string, bool> Controls => [.. Bugs.Controls(true).SelectMany(control => new[] { (control.Name, true), (control.Name, false) })];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Is_caught_with_the_constraints_and_without(string name)
    {
        var bug = Bugs.All.Single(bug => bug.Name == name);
        var started = Stopwatch.GetTimestamp();
        // Nearly all are seen in the first two; who meets whom, and what comes first, is drawn. Each needs a customer, which takes longer than the schedule.
        var schedulesEach = bug.NeedsConcurrency ? ProofTier.Of(60, 300) : 12;
        var withConstraints = await ground.CatchAsync(bug, withConstraints: true, schedulesEach, s_seed);
        var without = bug.NeedsTheKey ? null : await ground.CatchAsync(bug, withConstraints: false, schedulesEach, s_seed + 1);

        Report(bug.Name, started, withConstraints.Schedules + (without?.Schedules ?? 0), new[] { withConstraints, without }.Count(tried => tried?.IsCaught == false),
            [$"with constraints: {withConstraints.Text}", .. without is null ? (string[])[] : [$"without: {without.Text}"]]);
        TestContext.Current.TestOutputHelper!.WriteLine($"{bug.Why}\n{(without ?? withConstraints).First}");
        Assert.True(withConstraints.IsCaught, "not caught, though there are constraints");
        Assert.True(without?.IsCaught != false, "not caught where there are no constraints");
    }

    /// <summary>Detectors that always find something find nothing.</summary>
    [Theory]
    [MemberData(nameof(Controls))]
    public async Task Nothing_is_found_where_nothing_was_planted(string name, bool withConstraints)
    {
        var control = Bugs.Controls(withConstraints).Single(control => control.Name == name);
        var started = Stopwatch.GetTimestamp();
        var found = await ground.CatchAsync(control, withConstraints, ProofTier.Of(4, 60), s_seed);

        Report($"nothing: {name}, with{(withConstraints ? "" : "out")} constraints", started, found.Schedules, found.IsCaught ? 1 : 0, found.IsCaught ? found.Text : "nothing found");
        Assert.True(!found.IsCaught, found.First);
    }

    private static void Report(string what, long started, long schedules, int violations, params string[] outcomes)
    {
        ProofTier.PrintSeed("PLANTED_SEED", s_seed);
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
