using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Support;

/// <summary>Calls that are made again, with the same key, until they are answered, as who presses the button of the "we do not know yet" page.</summary>
public static class InsistentCalls
{
    public static Task<PurchaseReply> PlaceUntilAnsweredAsync(this Store store, PurchaseRequest request) =>
        Eventually.AnsweredAsync(() => store.PlacePurchaseAsync(request), reply => reply.Outcome is PurchaseOutcome.Busy or PurchaseOutcome.InDoubt);

    public static Task<RefundReply> RefundUntilAnsweredAsync(this Store store, RefundRequest request) =>
        Eventually.AnsweredAsync(() => store.RefundPurchaseAsync(request), reply => reply.Outcome is RefundOutcome.Busy or RefundOutcome.InDoubt);
}
