namespace PurchaseLimits.Web;

/// <summary>What admins and workers decide about purchases.</summary>
public sealed partial class Store
{
    /// <summary>Raises the limit for this one purchase, confirms it, and returns the limit to what it was.</summary>
    /// <param name="request">A key in it makes the raise happen once.</param>
    public Task<ApproveReply> ApprovePurchaseAsync(ApproveRequest request) =>
        CallInLineAsync(
            dataSources.AdminMoney, request.CustomerId,
            """
            SELECT replace(outcome, '_', '') AS outcome, status, raised_by
            FROM store.approve_purchase(@CustomerId, @PurchaseId, @RaiseAtMost, @RaiseId, @Reason, @Actor)
            """,
            request,
            busy: new ApproveReply { Outcome = ApproveOutcome.Busy },
            inDoubt: new ApproveReply { Outcome = ApproveOutcome.InDoubt });

    /// <summary>Says no to a customer who asked for approval, and why.</summary>
    public Task<DeclineReply> DeclinePurchaseAsync(long customerId, Guid purchaseId, string reason, string actor) =>
        CallInLineAsync(
            dataSources.AdminMoney, customerId,
            "SELECT replace(outcome, '_', '') AS outcome, status FROM store.decline_purchase(@customerId, @purchaseId, @reason, @actor)",
            new { customerId, purchaseId, reason, actor },
            busy: new DeclineReply { Outcome = DeclineOutcome.Busy },
            inDoubt: new DeclineReply { Outcome = DeclineOutcome.InDoubt });

    /// <summary>Cancels a customer's purchase that still waits, and says why.</summary>
    public Task<CancelReply> CancelPurchaseAsync(long customerId, Guid purchaseId, string reason, string actor) =>
        CancelAsync(dataSources.AdminMoney, "store.cancel_purchase(@customerId, @purchaseId, @reason, @actor)", customerId,
            new { customerId, purchaseId, reason, actor });

    /// <summary>Refunds an amount of a purchase, or lines of it, once.</summary>
    public Task<RefundReply> RefundPurchaseAsync(RefundRequest request)
    {
        var lines = request.Lines.OrderBy(line => line.ProductId).ToArray();
        return CallInLineAsync(
            dataSources.AdminMoney, request.CustomerId,
            """
            SELECT replace(outcome, '_', '') AS outcome, status, refunded_amount, restored, refundable
            FROM store.refund_purchase(@CustomerId, @PurchaseId, @RefundId, @Amount, @productIds, @quantities, @Reason, @Actor)
            """,
            new
            {
                request.CustomerId,
                request.PurchaseId,
                request.RefundId,
                request.Amount,
                productIds = lines.Select(line => line.ProductId).ToArray(),
                quantities = lines.Select(line => (long)line.Quantity).ToArray(),
                request.Reason,
                request.Actor,
            },
            busy: new RefundReply { Outcome = RefundOutcome.Busy },
            inDoubt: new RefundReply { Outcome = RefundOutcome.InDoubt });
    }

    /// <summary>For workers: decides what a customer asked for and is not decided yet, and settles what is due.</summary>
    /// <param name="customerId">Whose.</param>
    /// <param name="atMost">How many; 0 only settles.</param>
    /// <returns>How many events that made; null when it could not be done now.</returns>
    public Task<long?> DecidePurchaseRequestsAsync(long customerId, int atMost) =>
        CallInLineAsync<long?>(
            dataSources.WorkerMoney, customerId,
            "SELECT store.decide_purchase_requests(@customerId, @atMost)",
            new { customerId, atMost = (long)atMost },
            busy: null,
            inDoubt: null);

    /// <summary>For workers: decides a purchase whose last missing price has come.</summary>
    public async Task<ResumeOutcome> ResumePurchaseAsync(long customerId, Guid purchaseId) =>
        (await CallInLineAsync(
            dataSources.WorkerMoney, customerId,
            "SELECT replace(outcome, '_', '') AS outcome FROM store.resume_purchase(@customerId, @purchaseId)",
            new { customerId, purchaseId },
            busy: new ResumeReply(ResumeOutcome.Busy),
            inDoubt: new ResumeReply(ResumeOutcome.InDoubt))).Outcome;
}
