using PurchaseLimits.Tests.Proof.Interleavings;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

internal static partial class Bugs
{
    public static IReadOnlyList<PlantedBug> Keys =>
    [
        new("the key is not looked up", "The button is disabled after the first click.",
            [new(Place, "IF v_request.purchase_id = ANY (v_known_ids) THEN", "IF false THEN")], SamePurchase),
        Racing("the key is looked up before the lock", "It was the first line of the function, so that nothing is done twice.",
            [.. AnyIsolation], SamePurchase),
        new("a known key's content is not compared", "Who would send another purchase with the same key?",
            [new(Place, "IF v_known.request_hash = v_request.request_hash THEN", "IF true THEN")],
            new Scenario(Start.Standing, BuyA, Command.Buy("a", productId: 3) with { Name = "buy another a" })),
        new("the key is looked up without its customer", "A uuid is unique.",
            [
                new(Place, "WHERE p.customer_id = k.customer_id\n", "WHERE true\n"),
                new(Place, "WHERE r.customer_id = v_request.customer_id\n", "WHERE true\n"),
            ],
            new Scenario(Start.Standing, Asked.BuyWithEverybodysKey, Command.Cancel)),
        new("a refund's key is not looked up", "A refund is made by an admin, who looks.",
            [new("store.refund_purchase", "product_ids, quantities, reason, actor) r;", "product_ids, quantities, reason, actor) r WHERE false;")],
            new Scenario(Start.Standing, Command.Refund("r", 50), Command.Refund("r", 50))),
        new("a cancelled purchase can be cancelled again", "Cancelling twice does no harm, it is thought.",
            [new("store.cancel_purchase", "IF status IN ('processing', 'awaiting_approval')", "IF status IN ('processing', 'awaiting_approval', 'cancelled')")],
            new Scenario(Start.Standing, Command.Cancel, Command.Cancel)),
    ];
}
