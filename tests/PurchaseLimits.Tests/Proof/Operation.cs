using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof;

/// <summary>One call for one customer as its caller saw it.</summary>
internal abstract record Operation
{
    /// <summary>Timestamp: just before the call.</summary>
    public required long Began { get; init; }

    /// <summary>Timestamp: just after the answer. Of a call in doubt there is none: it may still happen at any time, or never.</summary>
    public long Ended { get; init; } = long.MaxValue;

    public bool InDoubt => Ended == long.MaxValue;

    /// <summary>The account after it, whatever was answered.</summary>
    public abstract AccountState After(AccountState before);

    /// <summary>Whether the answer is the one that such an account gives.</summary>
    public abstract bool IsAnsweredBy(AccountState before);

    internal sealed record Buy(Guid Key, decimal Total, PurchaseReply Reply) : Operation
    {
        public override AccountState After(AccountState before) => before.Buy(Key, Total);

        public override bool IsAnsweredBy(AccountState before)
        {
            var receipt = After(before).Purchases[Key];
            return (Reply.Status, Reply.Total, Reply.SequenceNumber, Reply.LeftAmount)
                   == (receipt.IsConfirmed ? "confirmed" : "refused", receipt.Total, receipt.SequenceNumber, receipt.LeftAmount)
                   // Who is told that it is decided now decided it now. Who finds it on record may have decided it in an earlier try.
                   && (Reply.Outcome == PurchaseOutcome.AlreadyRecorded || !before.Purchases.ContainsKey(Key));
        }
    }

    internal sealed record Refund(Guid Key, Guid Purchase, decimal Amount, RefundReply Reply) : Operation
    {
        public override AccountState After(AccountState before) => before.Refund(Key, Purchase, Amount);

        public override bool IsAnsweredBy(AccountState before)
        {
            var isKnown = before.Refunds.ContainsKey(Key);
            var bought = before.Purchases.GetValueOrDefault(Purchase);
            return Reply.Outcome switch
            {
                RefundOutcome.Refunded => !isKnown && before.MayRefund(Purchase, Amount) && Reply.Refundable == bought!.Total - bought.Refunded - Amount,
                RefundOutcome.AlreadyRecorded => isKnown || before.MayRefund(Purchase, Amount),
                RefundOutcome.UnknownPurchase => !isKnown && bought is null,
                RefundOutcome.NotRefundable => !isKnown && bought is not null && (!bought.IsConfirmed || bought.Refunded == bought.Total),
                RefundOutcome.ExceedsPurchase => !isKnown && bought is { IsConfirmed: true } && bought.Refunded < bought.Total && !before.MayRefund(Purchase, Amount),
                _ => false,
            };
        }
    }

    internal sealed record ChangeLimit(Guid Key, decimal Limit, LimitChangeReply Reply) : Operation
    {
        public override AccountState After(AccountState before) => before.ChangeLimit(Key, Limit);

        public override bool IsAnsweredBy(AccountState before)
        {
            var isKnown = before.Changes.ContainsKey(Key);
            return Reply.Outcome switch
            {
                LimitChangeOutcome.Changed => !isKnown && (Reply.LimitBefore, Reply.LimitAmount, Reply.SequenceNumber) == (before.Limit, Limit, before.SequenceNumber + 1),
                LimitChangeOutcome.Unchanged => !isKnown && Limit == before.Limit,
                LimitChangeOutcome.AlreadyRecorded => After(before).Changes.TryGetValue(Key, out var number) && Reply.SequenceNumber == number,
                _ => false,
            };
        }
    }

    /// <summary>What the customer's page shows.</summary>
    internal sealed record Read(decimal Amount, decimal Limit, long SequenceNumber) : Operation
    {
        public override AccountState After(AccountState before) => before;

        public override bool IsAnsweredBy(AccountState before) => (Amount, Limit, SequenceNumber) == (before.Amount, before.Limit, before.SequenceNumber);
    }
}
