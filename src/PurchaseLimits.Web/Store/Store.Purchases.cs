using Npgsql;

namespace PurchaseLimits.Web;

/// <summary>What customers do with purchases.</summary>
public sealed partial class Store
{
    // Which of the two functions the store's setting wants is learnt from their answers, not asked for each time.
    private volatile bool _confirmsLater;

    // Requests stand in no customer's line, so something else must keep a crowd of them from taking every pooled connection.
    // More at once are not faster either: they commit together as it is.
    private readonly SemaphoreSlim _requestsOnTheirWay = new(8);

    /// <summary>
    /// Decides a purchase, or takes it to be decided by a worker where the store confirms later. The token ends the waiting in
    /// line only, never a call that may be committing.
    /// </summary>
    public async Task<PurchaseReply> PlacePurchaseAsync(PurchaseRequest request, CancellationToken cancellationToken = default)
    {
        // The setting changes rarely: the second answer is the last but for somebody who flips it at this very moment.
        for (var turn = 0; turn < 3; turn++)
        {
            var confirmsLater = _confirmsLater;
            var reply = confirmsLater ? await RequestAsync(request) : await DecideAsync(request, cancellationToken);
            if (reply.Outcome is PurchaseOutcome.ConfirmsLater or PurchaseOutcome.ConfirmsAtOnce)
            {
                _confirmsLater = reply.Outcome == PurchaseOutcome.ConfirmsLater;
                continue;
            }

            return reply;
        }

        return new PurchaseReply { Outcome = PurchaseOutcome.Busy };
    }

    /// <summary>Cancels a purchase that still waits, as its customer.</summary>
    public Task<CancelReply> CancelPurchaseAsync(long customerId, Guid purchaseId) =>
        CancelAsync(dataSources.Money, "store.cancel_own_purchase(@customerId, @purchaseId)", customerId, new { customerId, purchaseId });

    private Task<CancelReply> CancelAsync(NpgsqlDataSource source, string call, long customerId, object arguments) =>
        InLineAsync(customerId, () => CallAsync(
            source,
            $"SELECT replace(outcome, '_', '') AS outcome, status FROM {call}",
            arguments,
            rolledBack: new CancelReply { Outcome = CancelOutcome.Busy },
            inDoubt: new CancelReply { Outcome = CancelOutcome.InDoubt }),
            busy: new CancelReply { Outcome = CancelOutcome.Busy });

    /// <summary>Puts a purchase that was refused for the limit alone before an admin.</summary>
    public Task<ApprovalReply> AskApprovalAsync(long customerId, Guid purchaseId, string note) =>
        InLineAsync(customerId, () => CallAsync(
            dataSources.Money,
            """
            SELECT replace(outcome, '_', '') AS outcome, status, expires_at
            FROM store.ask_approval(@customerId, @purchaseId, @note)
            """,
            new { customerId, purchaseId, note },
            rolledBack: new ApprovalReply { Outcome = ApprovalOutcome.Busy },
            inDoubt: new ApprovalReply { Outcome = ApprovalOutcome.InDoubt }),
            busy: new ApprovalReply { Outcome = ApprovalOutcome.Busy });

    private Task<PurchaseReply> DecideAsync(PurchaseRequest request, CancellationToken cancellationToken) =>
        InLineAsync(request.CustomerId, () => CallAsync(
            dataSources.Money, Call("place_purchase"), Arguments(request),
            rolledBack: new PurchaseReply { Outcome = PurchaseOutcome.Busy },
            inDoubt: new PurchaseReply { Outcome = PurchaseOutcome.InDoubt }),
            busy: new PurchaseReply { Outcome = PurchaseOutcome.Busy },
            cancellationToken);

    /// <summary>Takes no customer's lock, so nobody stands in line for it; READ COMMITTED, because it decides nothing.</summary>
    private async Task<PurchaseReply> RequestAsync(PurchaseRequest request)
    {
        await _requestsOnTheirWay.WaitAsync();
        try
        {
            return await CallAsync(
                dataSources.Pages, Call("request_purchase"), Arguments(request),
                rolledBack: new PurchaseReply { Outcome = PurchaseOutcome.Busy },
                inDoubt: new PurchaseReply { Outcome = PurchaseOutcome.InDoubt });
        }
        finally
        {
            _requestsOnTheirWay.Release();
            signals.Purchases.Notify();
        }
    }

    private static string Call(string function) =>
        $"""
        SELECT replace(outcome, '_', '') AS outcome, status, total, left_amount, over_by, sequence_number, product_id
        FROM store.{function}(@CustomerId, @PurchaseId, @PricedAt, @ShownTotal, @ProductIds, @Quantities, @AtMosts)
        """;

    private static object Arguments(PurchaseRequest request)
    {
        var lines = request.Lines.OrderBy(line => line.ProductId).ToArray();
        return new
        {
            request.CustomerId,
            request.PurchaseId,
            request.PricedAt,
            request.ShownTotal,
            ProductIds = lines.Select(line => line.ProductId).ToArray(),
            Quantities = lines.Select(line => (long)line.Quantity).ToArray(),
            AtMosts = lines.Select(line => line.AtMost).ToArray(),
        };
    }
}
