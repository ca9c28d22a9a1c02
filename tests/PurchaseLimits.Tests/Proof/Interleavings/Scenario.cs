namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>What a customer is when a schedule begins. But for the first: $500.00 limit, $200.00 "bought", $100.00 "held" for a missing price.</summary>
internal enum Start
{
    Unregistered,
    Standing,

    /// <summary>The hold's deadline has passed, and nobody has written that down.</summary>
    Overdue,

    /// <summary>With a limit of $450.00 a day besides.</summary>
    DayLimit,

    /// <summary>Two purchases more wait for a worker: "asked", $120.00, and "a", $150.00.</summary>
    Waiting,
}

/// <summary>Commands that are sent at once, and what they meet.</summary>
/// <param name="Start">What is there before.</param>
/// <param name="Commands">Two or three, called A, B and C in schedules.</param>
internal sealed record Scenario(Start Start, params IReadOnlyList<Command> Commands)
{
    public string Name => $"{string.Join(" × ", Commands.Select(command => command.Name))} ({Start})";

    public override string ToString() => Name;

    private static readonly Command s_a = Command.Buy("a");
    private static readonly Command s_b = Command.Buy("b", productId: 3);
    private static readonly Command s_aInCompany = Command.BuyInCompany("a");
    private static readonly Command s_bInCompany = Command.BuyInCompany("b", productId: 3);
    private static readonly Command[] s_all = [s_a, s_b, Command.Refund("r"), Command.Refund("q"), Command.Cut, Command.Raise, Command.Decide, Command.Cancel];

    /// <summary>Two whose every order is tried in every run.</summary>
    public static IReadOnlyList<Scenario> ClosestPairs { get; } =
    [
        new(Start.Standing, s_a, s_b),
        new(Start.Standing, s_a, s_a),
        new(Start.Standing, s_a, Command.Cut),
        new(Start.Overdue, s_a, Command.Decide),
        new(Start.Unregistered, Command.Register, Command.Register),
    ];

    /// <summary>Every two commands, where they may meet.</summary>
    public static IReadOnlyList<Scenario> Pairs { get; } =
    [
        .. from start in new[] { Start.Standing, Start.Overdue, Start.DayLimit, Start.Waiting }
           from first in Enumerable.Range(0, s_all.Length)
           from second in Enumerable.Range(first, s_all.Length - first)
           select new Scenario(start, s_all[first], s_all[second]),
        .. from second in s_all.Prepend(Command.Register)
           select new Scenario(Start.Unregistered, Command.Register, second),
    ];

    /// <summary>Purchases that are decided in one transaction with others' meet whatever else this customer does.</summary>
    public static IReadOnlyList<Scenario> InCompany { get; } =
    [
        new(Start.Standing, s_aInCompany, s_bInCompany),
        new(Start.Standing, s_aInCompany, s_a),
        new(Start.Standing, s_aInCompany, Command.Cut),
        new(Start.DayLimit, s_aInCompany, s_b),
        new(Start.Overdue, s_aInCompany, Command.Decide),
        new(Start.Waiting, s_bInCompany, Command.Decide),
        new(Start.Unregistered, s_aInCompany, Command.Register),
        new(Start.Standing, s_aInCompany, s_bInCompany, Command.Refund("r")),
    ];

    /// <summary>Three that are most likely to go wrong.</summary>
    public static IReadOnlyList<Scenario> Triples { get; } =
    [
        new(Start.Standing, s_a, s_a, s_b),
        new(Start.Standing, s_a, s_b, Command.Cut),
        new(Start.Standing, s_a, s_b, Command.Refund("r")),
        new(Start.Standing, s_a, Command.Refund("r"), Command.Refund("q")),
        new(Start.Standing, s_a, Command.Cut, Command.Raise),
        new(Start.Overdue, s_a, s_b, Command.Decide),
        new(Start.Overdue, s_a, Command.Decide, Command.Cancel),
        new(Start.DayLimit, s_a, s_b, Command.Cancel),
        new(Start.Waiting, s_a, s_b, Command.Decide),
        new(Start.Waiting, Command.Decide, Command.Decide, Command.Cut),
        new(Start.Unregistered, Command.Register, Command.Register, s_a),
        new(Start.Unregistered, Command.Register, s_a, s_b),
    ];

    /// <summary>Every three.</summary>
    public static IReadOnlyList<Scenario> AllTriples { get; } =
    [
        .. Triples.Where(triple => triple.Start == Start.Unregistered),
        .. from start in new[] { Start.Standing, Start.Overdue, Start.DayLimit, Start.Waiting }
           from first in Enumerable.Range(0, s_all.Length)
           from second in Enumerable.Range(first, s_all.Length - first)
           from third in Enumerable.Range(second, s_all.Length - second)
           select new Scenario(start, s_all[first], s_all[second], s_all[third]),
    ];

    /// <summary>A refresh of a report beside what it adds up.</summary>
    public static IReadOnlyList<Scenario> Refreshes { get; } =
    [
        new(Start.Standing, s_a, Command.Refresh("customer_spend")),
        new(Start.Standing, Command.Refund("r"), Command.Refresh("sales_by_day")),
        new(Start.Standing, Command.Cut, Command.Refresh("limit_changes")),
        new(Start.Overdue, Command.Decide, Command.Refresh("waiting_times")),
        new(Start.DayLimit, Command.Cancel, Command.Refresh("limit_use")),
        new(Start.Unregistered, Command.Register, Command.Refresh("customer_spend")),
        new(Start.Standing, s_a, Command.Refund("r"), Command.Refresh("customer_spend")),
        new(Start.Standing, s_a, s_b, Command.Refresh("sales_by_day")),
        new(Start.Standing, s_b, Command.Refresh("sales_by_product"), Command.Refresh("sales_by_product")),
        new(Start.Standing, Command.Raise, Command.Refresh("refunds"), Command.Refresh("refusals_by_limit")),
    ];
}
