using PurchaseLimits.Tests.Proof.Interleavings;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

internal static partial class Bugs
{
    private const string Fit = "store.fit_purchase";
    private const string Judge = "store.judge_purchase";
    private const string Append = "store.append_event";
    private const string Price = "store.price_requests";
    private const string Record = "store.record_purchases";
    private const string OverLimit = "WHEN v_fit.over_by > 0 THEN 'over_limit'";

    public static IReadOnlyList<PlantedBug> Money =>
    [
        new("money is double precision", "It is what a number is in most languages.",
            [
                new(Fit, "v_used numeric :=", "v_used double precision :="),
                new(Fit, "greatest(total - v_fit.left_amount, 0)", "greatest((total::double precision - (account.limit_amount::double precision - v_used))::numeric, 0)"),
            ],
            new Scenario(Start.Standing, Asked.Hold("x", 199.80m), Asked.Hold("y", 0.20m))),
        new("a line costs what one of it costs", "There was one of everything in the tests.",
            [new(Price, "sum(l.quantity * coalesce(u.unit_price, l.at_most))", "sum(coalesce(u.unit_price, l.at_most))")],
            new Scenario(Start.Standing, Asked.Hold("x", 50m, quantity: 2), Command.Decide)),
        new("a cent above the limit fits", "> and >= are a key apart.",
            [new(Judge, OverLimit, "WHEN v_fit.over_by > 0.01 THEN 'over_limit'")],
            new Scenario(Start.Standing, Asked.Hold("x", 200.01m), Command.Decide)),
        new("what exactly reaches the limit is refused", "> and >= are a key apart, the other way.",
            [new(Judge, OverLimit, "WHEN v_fit.over_by > 0 OR lines.total = v_fit.left_amount THEN 'over_limit'")],
            new Scenario(Start.Standing, Asked.Hold("x", 200m), Asked.Hold("y", 200m))),
        new("what is held is not counted", "It is not bought yet.",
            [new(Fit, "account.amount + account.held - released;", "account.amount - released;")], TwoPurchases),
        new("a refusal counts", "The amount is moved for every decision.",
            [new(Judge, "v_bought numeric := CASE v_outcome WHEN 'confirmed' THEN", "v_bought numeric := CASE WHEN v_outcome IN ('confirmed', 'over_limit') THEN")],
            TwoPurchases),
        new("a cut lowers what is bought", "Amount and limit must agree again.",
            [new(Append, "    IF account.has_windows THEN", "    v_amount_after := least(v_amount_after, v_limit_after - v_held_after);\n    IF account.has_windows THEN")],
            new Scenario(Start.Standing, Command.Cut, Command.Raise)),
        new("a raise counts before its date", "The limit is written when it is decided.",
            [new("store.record_limit_change", "boolean := record_limit_change.valid_from > account.settled_at;", "boolean := false;")],
            new Scenario(Start.Standing, Asked.RaiseTomorrow, BuyA)),
        new("an expired hold is kept until a worker comes", "A sweeper is to see to it at night.",
            [new("store.settle_due", "AND p.expires_at <= settle_due.now", "AND p.expires_at <= settle_due.now - interval '1 day'")],
            new Scenario(Start.Overdue, BuyA, BuyB)),
        new("an expired hold is released twice", "Whoever reads the row leaves out what has expired, and what writes it down releases it again.",
            [new(Lock, "IF v_account.next_due_at <= v_now", "v_account.held := v_account.held - (SELECT coalesce(sum(p.held), 0) FROM purchase p WHERE p.customer_id = lock_customer.customer_id AND p.expires_at <= v_now);\n    IF v_account.next_due_at <= v_now")],
            new Scenario(Start.Overdue, BuyA, Command.Decide)),
        new("a cancellation gives back twice", "Both the caller and what it calls release the hold.",
            [new("store.cancel_purchase", "PERFORM change_purchase_status(v_account,", "v_account.held := v_account.held - v_purchase.held; PERFORM change_purchase_status(v_account,")],
            new Scenario(Start.Standing, Command.Cancel, BuyB)),
        new("a page's price is forgotten when it rose", "The price is read when it is needed.",
            [
                new(Price, "least(shown.price::numeric, today.price::numeric) AS unit_price", "coalesce(today.price::numeric, shown.price::numeric) AS unit_price"),
                new(Price, "WHEN shown.price <= today.price OR today.price IS NULL THEN", "WHEN today.price IS NULL THEN"),
                new("store.refuse_quote", "OR lines.total > request.shown_total THEN", "THEN"),
                new(Judge, "OR lines.total > request.shown_total THEN", "THEN"),
            ],
            new Scenario(Start.Standing, Asked.BuyAsShown, Command.Raise)),
        new("the event is written, the row is not moved", "A projection is to follow later.",
            [new(Record, "SET amount = account.amount,\n            held = account.held,", "SET amount = a.amount,\n            held = a.held,")], TwoPurchases),
        new("the row is moved, no event is written", "The event is for the audit, and is written where it fits.",
            [new(Append, "VALUES (account.customer_id, v_sequence_number, append_event.kind,", "SELECT t.* FROM (VALUES (account.customer_id, v_sequence_number, append_event.kind,"),
             new(Append, "v_left_amount, append_event.effective_at, append_event.limit_change_id);", "v_left_amount, append_event.effective_at, append_event.limit_change_id)) t WHERE append_event.restored = 0;")],
            new Scenario(Start.Standing, Command.Refund("r", 50), BuyB)),
        new("the row is moved without its customer", "A WHERE was lost when the statement was rewritten.",
            [
                new(Record, "WHERE a.customer_id = account.customer_id\n          AND ", "WHERE "),
                new(Record, "IF cardinality(v_accounts_after) IS DISTINCT FROM cardinality(accounts) THEN", "IF false THEN"),
            ],
            TwoPurchases),
        new("refunds are not held to what is left of the purchase", "The page offers no more than that.",
            [new("store.refund_purchase", "OR refunded_amount > refundable THEN", "THEN")],
            new Scenario(Start.Standing, Command.Refund("r", 150), Command.Refund("q", 150))),
    ];
}
