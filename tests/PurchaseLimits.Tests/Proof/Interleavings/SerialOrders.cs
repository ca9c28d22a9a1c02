using System.Globalization;
using System.Text;
using Dapper;

namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>What a scenario's commands come to when they are done one after the other, in every order.</summary>
internal sealed class SerialOrders
{
    private readonly Scenario _scenario;
    private readonly List<(IReadOnlyList<int> Order, IReadOnlyList<string> Outcomes, string State)> _results = [];

    private SerialOrders(Scenario scenario) => _scenario = scenario;

    /// <summary>How many there are of a number of commands.</summary>
    public static int Count(Scenario scenario) => scenario.Commands.Count == 2 ? 2 : 6;

    /// <param name="database">Of the store as it is, or of what is explored.</param>
    /// <param name="conductor">Of that database.</param>
    /// <param name="scenario">Whose.</param>
    /// <param name="first">The first customer; one for each order, at the scenario's start.</param>
    public static async Task<SerialOrders> TryAsync(ExplorerDatabase database, Conductor conductor, Scenario scenario, long first)
    {
        var orders = new SerialOrders(scenario);
        foreach (var order in Permutations([.. Enumerable.Range(0, scenario.Commands.Count)]))
        {
            var customerId = first + orders._results.Count;
            var outcomes = await conductor.RunSeriallyAsync(scenario, order, customerId);
            orders._results.Add((order, outcomes, await StateAsync(database, scenario, customerId)));
        }

        return orders;
    }

    /// <summary>Says why a schedule ended as no serial order does that keeps what was over before another began; null: one does.</summary>
    public string? DifferenceOrNull(ScheduleRun run, string state)
    {
        var possible = _results.Where(result => run.Order.All(pair => Index(result.Order, pair.Before) < Index(result.Order, pair.After))).ToList();
        if (possible.Exists(result => result.State == state && Enumerable.Range(0, run.Outcomes.Count).All(i => IsSame(i, result.Outcomes[i], run.Outcomes[i]))))
            return null;
        var text = new StringBuilder($"No serial order ends so: {string.Join(" | ", run.Outcomes)}");
        foreach (var (order, outcomes, serialState) in possible)
            text.Append(CultureInfo.InvariantCulture, $"\n{Letters(order)} ends so: {string.Join(" | ", outcomes)}, {(serialState == state ? "in the same state" : "in another state")}");
        // One is enough to see what happened: that which is most like it.
        if (possible.Count > 0 && possible.TrueForAll(result => result.State != state))
        {
            var (order, _, nearest) = possible.MinBy(result => Missing(result.State, state).Count() + Missing(state, result.State).Count());
            text.Append(CultureInfo.InvariantCulture, $"\nOn record is, and is not after {Letters(order)}:\n    {string.Join("\n    ", Missing(nearest, state))}");
            text.Append(CultureInfo.InvariantCulture, $"\nNot on record is, and is after {Letters(order)}:\n    {string.Join("\n    ", Missing(state, nearest))}");
        }

        return text.ToString();
    }

    /// <summary>All that is on record of a customer, with names in place of keys.</summary>
    public static async Task<string> StateAsync(ExplorerDatabase database, Scenario scenario, long customerId)
    {
        string[] names = ["bought", "held", "asked", "day", "cut", "raise", "a", "b", "c", .. scenario.Commands.Select(command => command.Key).OfType<string>()];
        await using var connection = await database.OpenSuperuserAsync();
        var (state, keys) = await connection.QuerySingleAsync<(string State, string[] Keys)>(
            "SELECT test.state(@customerId), ARRAY(SELECT test.key(@customerId, n.name)::text FROM unnest(@names) WITH ORDINALITY AS n (name, i) ORDER BY n.i)", new { customerId, names });
        for (var i = 0; i < names.Length; i++)
            state = state.Replace(keys[i], names[i], StringComparison.Ordinal);
        // Sorted by names, not by keys, which are another customer's in another order.
        return string.Join('\n', state.Replace($"\"customer {customerId}\"", "\"customer\"", StringComparison.Ordinal).Split('\n').Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Missing(string state, string other) => other.Split('\n').Except(state.Split('\n'));

    private static string Letters(IReadOnlyList<int> order) => string.Concat(order.Select(i => (char)('A' + i)));

    private static int Index(IReadOnlyList<int> order, int command) => order.ToList().IndexOf(command);

    private bool IsSame(int index, string serial, string seen) => !_scenario.Commands[index].HasOneOutcome || serial == seen;

    private static IEnumerable<IReadOnlyList<int>> Permutations(IReadOnlyList<int> items) =>
        items.Count == 1
            ? [items]
            : items.SelectMany(item => Permutations([.. items.Where(other => other != item)]).Select(rest => (IReadOnlyList<int>)[item, .. rest]));
}
