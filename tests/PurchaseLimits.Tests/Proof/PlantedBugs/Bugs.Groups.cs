using PurchaseLimits.Tests.Proof.Interleavings;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

internal static partial class Bugs
{
    private const string Count = "store.count_decision";

    public static IReadOnlyList<PlantedBug> Groups =>
    [
        new("in a group each is judged by the amount before all of them", "They are read once and judged in one go.",
            [new(Count, "account.amount := decision.amount_after;", ""), new(Count, "account.held := decision.held_after;", "")],
            new Scenario(Start.Standing, Asked.Group(1, 3), Command.Cancel)),
        new("in a group one refusal refuses those behind it", "The sum of the group is compared with what is left.",
            [new(Count, "account.held := decision.held_after;", "account.held := decision.held_after + CASE decision.status WHEN 'refused' THEN decision.total ELSE 0 END;")],
            new Scenario(Start.Standing, Asked.Group(1, 1, 3), Command.Cancel)),
        new("in a group all receipts are the first one's", "The reply is made once and returned for each.",
            [
                new(Place, "outcome := v_decision.outcome;", "outcome := coalesce((v_decisions[1]).outcome, v_decision.outcome);"),
                new(Place, "sequence_number := v_decision.sequence_number;", "sequence_number := coalesce((v_decisions[1]).sequence_number, v_decision.sequence_number);"),
            ],
            new Scenario(Start.Standing, Asked.Group(1, 3), Command.Cancel)),
        new("in a group a purchase that was sent twice is bought twice", "Keys are compared with what was there before.",
            [new(Place, "v_known_ids := v_known_ids || v_request.purchase_id;", "")],
            new Scenario(Start.Standing, Asked.SameTwice, Command.Cancel)),
        new("who is left out of a group is told that it is bought", "The reply is made before it is known who is decided.",
            [new(Place, "v_account := NULL;\n                outcome := 'left_out';", "v_account := NULL;\n                outcome := 'confirmed';")],
            new Scenario(Start.Standing, Command.BuyInCompany("a"), BuyB))
        {
            NeedsConcurrency = true,
        },
        new("with others', a key that is known is passed over", "ON CONFLICT DO NOTHING makes the error go away.",
            [
                new("store.record_purchases", "d.hold, d.expires_at, d.counted_at\n        FROM decision d", "d.hold, d.expires_at, d.counted_at\n        FROM decision d ON CONFLICT DO NOTHING"),
                new("store.record_purchases", "WHERE l.unit_price IS NOT NULL", "WHERE l.unit_price IS NOT NULL ON CONFLICT DO NOTHING"),
            ],
            new Scenario(Start.Standing, Command.BuyInCompany("bought") with { Key = null }, Command.Cancel))
        {
            NeedsTheKey = true,
        },
        new("with others', a purchase overtakes what its customer asked for before", "Only the row is looked at, and it is free.",
            [new("store.lock_free_customers", "AND a.customer_id <> ALL (waiting_ids)", "")],
            new Scenario(Start.Waiting, Command.BuyInCompany("b", productId: 3), Command.Cancel)),
    ];
}
