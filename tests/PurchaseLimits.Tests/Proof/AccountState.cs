using System.Collections.Immutable;
using System.Globalization;

namespace PurchaseLimits.Tests.Proof;

/// <summary>What one customer's account is at one moment, for <see cref="Linearizer"/>: a value, so that it can be gone back to.</summary>
internal sealed record AccountState
{
    public required decimal Limit { get; init; }
    public decimal Amount { get; init; }

    /// <summary>How many events there are.</summary>
    public long SequenceNumber { get; init; } = 1;

    public ImmutableSortedDictionary<Guid, Purchase> Purchases { get; init; } = ImmutableSortedDictionary<Guid, Purchase>.Empty;

    /// <summary>Dollars by refund.</summary>
    public ImmutableSortedDictionary<Guid, decimal> Refunds { get; init; } = ImmutableSortedDictionary<Guid, decimal>.Empty;

    /// <summary>Event numbers by change of the limit.</summary>
    public ImmutableSortedDictionary<Guid, long> Changes { get; init; } = ImmutableSortedDictionary<Guid, long>.Empty;

    /// <param name="Total">US dollars.</param>
    /// <param name="IsConfirmed">Else it was refused.</param>
    /// <param name="SequenceNumber">Of its event.</param>
    /// <param name="LeftAmount">What could be bought for after it.</param>
    /// <param name="Refunded">So far.</param>
    internal sealed record Purchase(decimal Total, bool IsConfirmed, long SequenceNumber, decimal LeftAmount, decimal Refunded);

    /// <summary>The same for two states that are the same.</summary>
    public string Key() => string.Create(CultureInfo.InvariantCulture,
        $"{Limit} {Amount} {SequenceNumber} {string.Join(';', Purchases)} {string.Join(';', Refunds)} {string.Join(';', Changes)}");

    public AccountState Buy(Guid key, decimal total)
    {
        if (Purchases.ContainsKey(key))
            return this;
        var fits = Amount + total <= Limit;
        var amount = fits ? Amount + total : Amount;
        return this with
        {
            Amount = amount,
            SequenceNumber = SequenceNumber + 1,
            Purchases = Purchases.Add(key, new(total, fits, SequenceNumber + 1, Math.Max(Limit - amount, 0), 0)),
        };
    }

    /// <summary>Whether a refund that is new would happen.</summary>
    public bool MayRefund(Guid purchase, decimal amount) =>
        Purchases.TryGetValue(purchase, out var bought) && bought.IsConfirmed && bought.Refunded + amount <= bought.Total;

    public AccountState Refund(Guid key, Guid purchase, decimal amount) => Refunds.ContainsKey(key) || !MayRefund(purchase, amount)
        ? this
        : this with
        {
            Amount = Amount - amount,
            SequenceNumber = SequenceNumber + 1,
            Refunds = Refunds.Add(key, amount),
            Purchases = Purchases.SetItem(purchase, Purchases[purchase] with { Refunded = Purchases[purchase].Refunded + amount }),
        };

    public AccountState ChangeLimit(Guid key, decimal limit) => Changes.ContainsKey(key) || limit == Limit
        ? this
        : this with { Limit = limit, SequenceNumber = SequenceNumber + 1, Changes = Changes.Add(key, SequenceNumber + 1) };
}
