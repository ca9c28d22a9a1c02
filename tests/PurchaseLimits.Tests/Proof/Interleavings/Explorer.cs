using System.Collections.Concurrent;

namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>What is explored, and how much of it.</summary>
internal sealed record Exploration
{
    public required IReadOnlyList<Scenario> Scenarios { get; init; }

    /// <summary>At most so many schedules of each; all of them, where there are fewer.</summary>
    public required int SchedulesEach { get; init; }

    /// <summary>Draws which schedules are tried where not all are.</summary>
    public required int Seed { get; init; }

    /// <summary>So many schedules at once, of different customers. A refresh of reports is everybody's: then one.</summary>
    public int Conductors { get; init; } = 3;

    /// <summary>What transactions begin in; null: what their role's sessions do, SERIALIZABLE.</summary>
    public string? Isolation { get; init; }

    /// <summary>Ends at the first violation.</summary>
    public bool StopsAtFirst { get; init; }

    /// <summary>
    /// Where the serial orders are tried; null: in the explored database. A planted bug that shows without any concurrency is
    /// found by those of the store as it is.
    /// </summary>
    public ExplorerDatabase? Reference { get; init; }

    /// <summary>The first of its customers: others before it used those below, in the explored database or the reference.</summary>
    public long FirstCustomer { get; init; } = 1;

    /// <summary>Plants a bug, as the superuser, when the customers are there: they begin as they should.</summary>
    public Func<Npgsql.NpgsqlConnection, Task>? Plant { get; init; }

    /// <summary>So many of its customers there are at most.</summary>
    public long Customers => Scenarios.Sum(scenario => SerialOrders.Count(scenario) + SchedulesEach);
}

/// <summary>A schedule after which a rule was broken.</summary>
/// <param name="Scenario">With <paramref name="Letters"/>, what <see cref="Explorer.ReplayAsync"/> wants.</param>
/// <param name="Letters">Who went on at each step.</param>
/// <param name="Steps">The schedule for a reader.</param>
/// <param name="What">What is wrong.</param>
internal sealed record Violation(Scenario Scenario, string Letters, IReadOnlyList<string> Steps, string What)
{
    public override string ToString() =>
        $"""
        {Scenario.Name}: {Letters}
          {string.Join("\n  ", Steps)}
        {What}
        Alone: INTERLEAVING="{Scenario.Name}: {Letters}" runs it again.
        """;
}

/// <summary>What was tried, and what was found.</summary>
internal sealed class Findings
{
    private readonly ConcurrentDictionary<string, long> _outcomes = new();
    private readonly ConcurrentQueue<Violation> _violations = new();
    private long _schedules;
    private int _exhausted;

    public long Schedules => Interlocked.Read(ref _schedules);

    /// <summary>Scenarios of which every schedule was tried.</summary>
    public int Exhausted => _exhausted;

    /// <summary>Scenario by scenario: how many were tried, and of how many at least.</summary>
    public ConcurrentDictionary<Scenario, (int Tried, int Known)> Tried { get; } = new();

    /// <summary>How often a command ended how, was rolled back, or waited.</summary>
    public IReadOnlyDictionary<string, long> Outcomes => _outcomes;

    public IReadOnlyCollection<Violation> Violations => _violations;

    /// <summary>Adds a schedule; once, however much is wrong with it.</summary>
    public void Add(Violation violation)
    {
        if (!_violations.Any(known => known.Scenario == violation.Scenario && known.Letters == violation.Letters))
            _violations.Enqueue(violation);
    }

    public void Add(Scenario scenario, ScheduleRun run)
    {
        Interlocked.Increment(ref _schedules);
        for (var i = 0; i < run.Outcomes.Count; i++)
            Count($"{scenario.Commands[i].Name.Split(' ')[0]} {Checks.OutcomeOf(run.Outcomes[i])}", 1);
        Count("rolled back and done again", run.Rollbacks.Sum());
        Count("waited for another", run.Waited);
    }

    public void End(Scenario scenario, int tried, int untried)
    {
        Tried[scenario] = (tried, tried + untried);
        if (untried == 0)
            Interlocked.Increment(ref _exhausted);
    }

    private void Count(string what, long count)
    {
        if (count > 0)
            _outcomes.AddOrUpdate(what, count, (_, before) => before + count);
    }
}

/// <summary>
/// Runs the commands of each scenario in every order of their steps, or in many: real transactions on real connections. After each
/// schedule every rule of the ledger must hold (see <see cref="Checks"/>), and what was answered and is on record must be what
/// some serial order gives. Each schedule has a customer of its own.
/// </summary>
internal sealed class Explorer(ExplorerDatabase database)
{
    // Rules are asked for so many schedules together, and say whose customer it is.
    private const int CheckedTogether = 20;

    // The first customer of a schedule that is run alone; an exploration's are below.
    private const long Replayed = 1_000_000_000;

    /// <summary>Tries what is asked for; see <see cref="Findings"/>.</summary>
    public async Task<Findings> ExploreAsync(Exploration exploration)
    {
        var findings = new Findings();
        var scenarios = exploration.Scenarios;
        var first = new long[scenarios.Count];
        var next = exploration.FirstCustomer;
        for (var i = 0; i < scenarios.Count; i++)
        {
            first[i] = next;
            next += SerialOrders.Count(scenarios[i]) + exploration.SchedulesEach;
            await database.AddCustomersAsync(scenarios[i].Start, first[i], next - 1);
            if (exploration.Reference is { } reference)
                await reference.AddCustomersAsync(scenarios[i].Start, first[i], first[i] + SerialOrders.Count(scenarios[i]) - 1);
        }

        if (exploration.Plant is { } plant)
        {
            await using var superuser = await database.OpenSuperuserAsync();
            await plant(superuser);
        }

        await AnalyzeAsync();
        var taken = -1;
        await Task.WhenAll(Enumerable.Range(0, exploration.Conductors).Select(number => Task.Run(async () =>
        {
            await using var conductor = await Conductor.CreateAsync(database, number);
            await using var atReference = exploration.Reference is { } reference ? await Conductor.CreateAsync(reference, number) : null;
            for (int i; (i = Interlocked.Increment(ref taken)) < scenarios.Count;)
            {
                if (exploration.StopsAtFirst && findings.Violations.Count > 0)
                    break;
                var serial = await SerialOrders.TryAsync(exploration.Reference ?? database, atReference ?? conductor, scenarios[i], first[i]);
                await ExploreAsync(exploration, scenarios[i], serial, conductor, first[i] + SerialOrders.Count(scenarios[i]), new Random(exploration.Seed + i), findings);
            }
        })));
        return findings;
    }

    /// <summary>Runs one schedule, as a <see cref="Violation"/> names it.</summary>
    /// <param name="scenario">Its scenario.</param>
    /// <param name="letters">Who goes on at each step; A before B where it says no more.</param>
    /// <param name="isolation">As <see cref="Exploration.Isolation"/>.</param>
    /// <param name="reference">As <see cref="Exploration.Reference"/>.</param>
    public async Task<(ScheduleRun Run, Violation? Violation)> ReplayAsync(Scenario scenario, string letters, string? isolation = null, ExplorerDatabase? reference = null)
    {
        var customers = SerialOrders.Count(scenario);
        await database.AddCustomersAsync(scenario.Start, Replayed, Replayed + customers);
        if (reference is not null)
            await reference.AddCustomersAsync(scenario.Start, Replayed, Replayed + customers - 1);
        await using var conductor = await Conductor.CreateAsync(database, 0);
        await using var atReference = reference is null ? null : await Conductor.CreateAsync(reference, 0);
        var serial = await SerialOrders.TryAsync(reference ?? database, atReference ?? conductor, scenario, Replayed);
        var run = await conductor.RunAsync(scenario, Replayed + customers, letters, possible => possible[0], isolation);
        var checks = new Checks(database, scenario, serial);
        return (run, await checks.AtOnceAsync(run, Replayed + customers) ?? (await checks.TogetherAsync([(run, Replayed + customers)]) is [var violation] ? violation : null));
    }

    private async Task ExploreAsync(
        Exploration exploration, Scenario scenario, SerialOrders serial, Conductor conductor, long firstCustomer, Random random, Findings findings)
    {
        var tree = new ScheduleTree(random);
        var checks = new Checks(database, scenario, serial);
        var notChecked = new List<(ScheduleRun Run, long CustomerId)>();
        var tried = 0;
        while (tried < exploration.SchedulesEach && !(exploration.StopsAtFirst && findings.Violations.Count > 0) && tree.TakeOrNull() is { } beginning)
        {
            var customerId = firstCustomer + tried++;
            var run = await conductor.RunAsync(scenario, customerId, beginning, possible => possible[random.Next(possible.Length)], exploration.Isolation);
            tree.Add(beginning, run.Choices);
            findings.Add(scenario, run);
            notChecked.Add((run, customerId));
            if (await checks.AtOnceAsync(run, customerId) is { } violation)
                findings.Add(violation);
            if (notChecked.Count == CheckedTogether)
                await CheckTogetherAsync();
        }

        await CheckTogetherAsync();
        findings.End(scenario, tried, tree.Untried);

        async Task CheckTogetherAsync()
        {
            foreach (var violation in await checks.TogetherAsync(notChecked))
                findings.Add(violation);
            notChecked.Clear();
        }
    }

    private async Task AnalyzeAsync()
    {
        await using var connection = await database.OpenSuperuserAsync();
        await using var command = new Npgsql.NpgsqlCommand(
            """
            DO $do$
            BEGIN
                EXECUTE (
                    SELECT 'ANALYZE ' || string_agg(c.oid::regclass::text, ', ')
                    FROM pg_class c
                    WHERE c.relnamespace = 'store'::regnamespace
                      AND c.relkind = 'r'
                );
            END
            $do$
            """,
            connection);
        await command.ExecuteNonQueryAsync();
    }
}
