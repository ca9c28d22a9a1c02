using PurchaseLimits.Tests.Proof.Interleavings;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>Every wrong variant that is tried.</summary>
internal static partial class Bugs
{
    public const string ReadCommitted = "READ COMMITTED";

    private const string Lock = "store.lock_customer";
    private const string Place = "store.place_purchases";
    private const string TakeLock = "FOR UPDATE OF a";
    private const string TakeAccount = "v_account := lock_customer(customer_ids[1]);";
    private const string HasLock = "v_account := v_locked.a;";
    private const string ThisCustomer = "WHERE x.customer_id = lock_customer.customer_id";

    // A store that is content with READ COMMITTED. With the lock first, and what it decides by read under it, it is right (see Controls).
    private static Change[] AnyIsolation =>
    [
        new(Lock, "current_setting('transaction_isolation') <> 'serializable' OR ", ""),
        new(Lock, " OR v_account.customer_id IS NOT NULL AND v_locked.is_last IS DISTINCT FROM true", ""),
    ];

    private static Change[] LockedFirst => [.. AnyIsolation, new(Place, "v_known_ids := v_store.known_ids;", "v_known_ids := purchase_ids;")];

    // Nobody looks whether the row moved since it was read.
    private static Change[] NoSecondLock =>
    [
        new("store.record_purchases", "AND a.last_sequence_number = account.sequence_number_before", ""),
        new("store.append_event", "AND a.last_sequence_number = account.last_sequence_number", ""),
    ];

    private static Command BuyA => Command.Buy("a");
    private static Command BuyB => Command.Buy("b", productId: 3);
    private static Scenario TwoPurchases => new(Start.Standing, BuyA, BuyB);
    private static Scenario SamePurchase => new(Start.Standing, BuyA, BuyA);

    public static IReadOnlyList<PlantedBug> Locks =>
    [
        Racing("the row is read without FOR UPDATE", "A transaction is taken for a lock.",
            [.. LockedFirst, .. NoSecondLock, new(Lock, TakeLock, "")], TwoPurchases),
        Racing("the row is locked after it was read", "The lock is added before the write, where it seems to be needed.",
            [.. LockedFirst, .. NoSecondLock, new(Lock, TakeLock, $"; PERFORM FROM customer_purchased_amount x {ThisCustomer} FOR UPDATE")],
            TwoPurchases),
        Racing("the events are added up in the statement that takes the lock", "One statement looks like one moment; its snapshot is from before it waited.",
            [
                .. LockedFirst, .. NoSecondLock,
                new(Lock, "SELECT a, e.is_last", "SELECT a, true AS is_last, (SELECT coalesce(sum(CASE x.kind WHEN 'purchase_confirmed' THEN x.amount ELSE 0 END - x.restored), 0) FROM customer_event x WHERE x.customer_id = a.customer_id) AS amount"),
                new(Lock, HasLock, $"{HasLock} v_account.amount := v_locked.amount;"),
            ],
            TwoPurchases),
        Racing("NOWAIT, and a row that is locked is read all the same", "Waiting is taken for the problem.",
            [
                .. LockedFirst, .. NoSecondLock,
                new(Lock, "SELECT a, e.is_last", "BEGIN SELECT a, e.is_last"),
                new(Lock, TakeLock, $"{TakeLock} NOWAIT; EXCEPTION WHEN lock_not_available THEN SELECT x AS a, true AS is_last INTO v_locked FROM customer_purchased_amount x {ThisCustomer}; END"),
            ],
            TwoPurchases),
        new("SKIP LOCKED on the customer's row", "It is copied from a queue, where it is right.",
            [new(Lock, TakeLock, $"{TakeLock} SKIP LOCKED")], TwoPurchases)
        {
            NeedsConcurrency = true,
        },
        Racing("the lock is the purchase's, not the customer's", "What is bought is locked instead of who buys.",
            [
                .. LockedFirst, .. NoSecondLock,
                new(Lock, TakeLock, ""),
                new(Place, TakeAccount, $"PERFORM pg_advisory_xact_lock(hashtextextended(purchase_ids[1]::text, 0)); {TakeAccount}"),
            ],
            TwoPurchases),
        Racing("another customer's row is locked", "The variable of the loop around it is taken.",
            [
                .. LockedFirst, .. NoSecondLock,
                new("store.refund_purchase", "customer_purchased_amount := lock_customer(customer_id)",
                    "customer_purchased_amount := (SELECT x FROM (SELECT FROM customer_purchased_amount o WHERE o.customer_id = refund_purchase.customer_id - 1 FOR UPDATE) o, customer_purchased_amount x WHERE x.customer_id = refund_purchase.customer_id)"),
            ],
            new Scenario(Start.Standing, BuyB, Command.Refund("r"))),
        Racing("the sequence number is max() + 1 without a lock", "It is what an identity column seems to do.",
            [
                .. LockedFirst, .. NoSecondLock,
                new(Lock, TakeLock, ""),
                new(Lock, HasLock, $"{HasLock} v_account.last_sequence_number := (SELECT max(x.sequence_number) FROM customer_event x {ThisCustomer});"),
            ],
            TwoPurchases),
        new("the limit is kept by the process", "Limits change so rarely.",
            [
                new(Place, TakeAccount,
                    $"""
                    {TakeAccount} PERFORM set_config('test.limit', coalesce(nullif(current_setting('test.limit', true), ''), v_account.limit_amount::text), false);
                    v_account.limit_amount := current_setting('test.limit')::numeric;
                    """),
            ],
            new Scenario(Start.Standing, BuyA, Command.Cut))
        {
            NeedsConcurrency = true,
        },
        Racing("the limit is read before the lock", "What need not be locked is read first.",
            [
                .. LockedFirst,
                new(Lock, "v_now timestamptz;", $"v_now timestamptz; v_limit numeric := (SELECT x.limit_amount FROM customer_purchased_amount x {ThisCustomer});"),
                new(Lock, HasLock, $"{HasLock} v_account.limit_amount := v_limit;"),
            ],
            new Scenario(Start.Standing, BuyA, Command.Cut)),
        Racing("checked in one transaction, written in another", "The check is a service's, the write is another's.",
            [.. LockedFirst, new("store.judge_purchase", "WHEN v_fit.over_by > 0 THEN 'over_limit'", "")],
            new Scenario(Start.Standing, Asked.CheckedFirst("a", 150, 1), Asked.CheckedFirst("b", 120, 3))) with
        {
            CallersDecide = true,
        },
        Racing("events are stamped with now()", "It is the time that everybody writes; it is when the transaction began, not when it had the lock.",
            [.. LockedFirst, new("store.clock", "clock_timestamp()", "now()"), new(Lock, "greatest(clock(), v_account.settled_at)", "clock()")],
            new Scenario(Start.Standing, BuyB, Command.Refund("r"))),
        Racing("the refund takes no lock", "It only ever lowers the amount.",
            [
                .. LockedFirst, .. NoSecondLock,
                new("store.refund_purchase", "customer_purchased_amount := lock_customer(customer_id)",
                    "customer_purchased_amount := (SELECT x FROM customer_purchased_amount x WHERE x.customer_id = refund_purchase.customer_id)"),
            ],
            new Scenario(Start.Standing, Command.Refund("r", 150), Command.Refund("q", 150))),
    ];

    /// <summary>What the detectors must find nothing in: the store as it is, and a careful one in READ COMMITTED.</summary>
    public static IReadOnlyList<PlantedBug> Controls(bool withConstraints) =>
    [
        new("the store as it is", "", [], [.. All.Where(bug => !bug.CallersDecide && (withConstraints || !bug.NeedsTheKey)).SelectMany(bug => bug.Scenarios).DistinctBy(scenario => scenario.Name)]),
        new("READ COMMITTED, the lock first and all else read under it", "", LockedFirst, TwoPurchases, SamePurchase,
            new Scenario(Start.Standing, Command.Refund("r", 150), Command.Refund("q", 150)), new Scenario(Start.Standing, BuyA, Command.Cut))
        {
            Isolation = ReadCommitted,
        },
    ];

    public static IEnumerable<PlantedBug> All => Locks.Concat(Keys).Concat(Money).Concat(Groups);

    private static PlantedBug Racing(string name, string why, IReadOnlyList<Change> changes, Scenario scenario) => new(name, why, changes, scenario)
    {
        Isolation = ReadCommitted,
        NeedsConcurrency = true,
    };
}
