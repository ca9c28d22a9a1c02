using Npgsql;
using PurchaseLimits.Tests.Proof.Interleavings;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>A function's text, changed as somebody writes it who does not know better.</summary>
internal sealed record Change(string Function, string Text, string Into);

/// <summary>A wrong variant of the store that people really write.</summary>
/// <param name="Name">What is wrong.</param>
/// <param name="Why">Why people write it so.</param>
/// <param name="Changes">How it is planted.</param>
/// <param name="Scenarios">What is tried against it: each shows the bug.</param>
internal sealed record PlantedBug(string Name, string Why, IReadOnlyList<Change> Changes, params IReadOnlyList<Scenario> Scenarios)
{
    /// <summary>
    /// What transactions begin in; null: as the store's roles begin, SERIALIZABLE, which of these bugs would let some do no harm.
    /// </summary>
    public string? Isolation { get; init; }

    /// <summary>
    /// Only commands that meet show it: done one after the other it is not there to see, and no test without schedules finds it.
    /// </summary>
    public bool NeedsConcurrency { get; init; }

    /// <summary>
    /// Its callers decide a part of it themselves. That is in no serial order, whatever store they ask: only what is broken by it counts,
    /// and the store as it is is not asked by them.
    /// </summary>
    public bool CallersDecide { get; init; }

    /// <summary>What is asked here is for the primary key to refuse: without its constraints the store as it is is as wrong, so neither is tried.</summary>
    public bool NeedsTheKey { get; init; }

    /// <summary>Changes the functions of a database.</summary>
    public async Task PlantAsync(NpgsqlConnection superuser)
    {
        // All of a function's at once: half a change is often no function.
        foreach (var changes in Changes.GroupBy(change => change.Function))
            await ExplorerDatabase.ChangeFunctionAsync(superuser, changes.Key, [.. changes.Select(change => (change.Text, change.Into))]);
    }

    public override string ToString() => Name;
}
