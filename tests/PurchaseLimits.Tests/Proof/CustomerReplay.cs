using NodaTime;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof;

/// <summary>One customer's events, decided once more by <see cref="LimitModel"/> as they come.</summary>
/// <param name="zone">The store's.</param>
/// <param name="weekStart">The store's.</param>
/// <param name="receipts">Takes what each purchase would have been answered.</param>
/// <param name="report">Takes what is different.</param>
internal sealed class CustomerReplay(DateTimeZone zone, IsoDayOfWeek weekStart, Dictionary<Guid, LedgerReplay.Receipt> receipts, Action<string> report)
{
    private readonly Dictionary<Guid, LimitModel.Order> _orders = [];
    private readonly Dictionary<Guid, decimal> _restored = [];
    private LimitModel _model = null!;
    private LedgerReplay.Event _event = null!;
    private Instant _now;
    private decimal _amount;
    private decimal _held;
    private decimal _limit;
    private long _sequenceNumber;

    public void Apply(LedgerReplay.Event row, LedgerReplay.Change? change, LedgerReplay.End? end, LedgerReplay.Refund? refund)
    {
        _event = row;
        var before = _now;
        _now = Instant.FromDateTimeUtc(row.OccurredAt);
        Same("number", _sequenceNumber + 1, row.SequenceNumber);
        Same("what was bought and held before", (_amount, _held), (row.AmountBefore, row.HeldBefore));
        if (_sequenceNumber > 0 && _now < before)
            Wrong($"happened {_now}, the one before it {before}");
        _sequenceNumber = row.SequenceNumber;

        if (row.Kind == "customer_registered")
        {
            _limit = row.LimitAtTime;
            _model = new LimitModel(zone, weekStart, _limit);
        }
        else if (row.PurchaseId is { } purchaseId)
        {
            Move(purchaseId, () => Decide(purchaseId, refund));
        }
        else
        {
            ApplyLimit(change, end);
        }

        Same("what is bought and held after", (_amount, _held), (row.AmountAfter, row.HeldAfter));
        Same("the limit", _limit, row.LimitAtTime);
        Same("whether it is a change of a limit", row.Kind is "limit_changed" or "limit_change_scheduled", change is not null);
        Same("whether it ends one", row.Kind == "limit_change_ended", end is not null);
        Same("whether it is a refund", row.Kind is "purchase_partly_refunded" or "purchase_refunded", refund is not null);
    }

    /// <summary>What it has come to.</summary>
    public void Compare(LedgerReplay.Account account, IEnumerable<LedgerReplay.Purchase> purchases)
    {
        Same("the row", (_amount, _held, _limit, _sequenceNumber), (account.Amount, account.Held, account.LimitAmount, account.LastSequenceNumber));
        var stored = purchases.ToDictionary(purchase => purchase.PurchaseId);
        Same("how many purchases", _orders.Count, stored.Count);
        foreach (var (id, order) in _orders)
        {
            var purchase = stored.GetValueOrDefault(id);
            Same($"purchase {id}", (order.Status, order.Total, order.Held, order.Refunded, _restored.GetValueOrDefault(id), (decimal?)order.Total),
                (purchase?.Status, purchase?.Total ?? 0, purchase?.Held ?? 0, purchase?.Refunded ?? 0, purchase?.Restored ?? 0, purchase?.LineTotal));
        }
    }

    /// <summary>Does something to an order, and moves the sums by what that changed of it.</summary>
    private void Move(Guid id, Action change)
    {
        var (bought, held) = _orders.TryGetValue(id, out var order) ? (order.Bought, order.Held) : default;
        change();
        _amount += _orders[id].Bought - bought;
        _held += _orders[id].Held - held;
    }

    private void Decide(Guid id, LedgerReplay.Refund? refund)
    {
        var status = _event.Kind["purchase_".Length..];
        if (!_orders.TryGetValue(id, out var order))
        {
            Begin(id, status);
            return;
        }

        var from = order.Status;
        switch (from, status)
        {
            case ("processing", "confirmed"):
                Fits(order, true);
                (order.Total, order.Bought, order.Held, order.ExpiresAt) = (_event.Amount, _event.Amount, 0, Instant.MaxValue);
                break;
            case ("processing", "refused"):
                if (_event.Reason.Length == 0)
                    Fits(order, false);
                (order.Total, order.Held, order.ExpiresAt) = (_event.Amount, 0, Instant.MaxValue);
                break;
            case ("refused", "awaiting_approval"):
                Same("whether it was refused for a limit", true, _model.RefusalOrNull(order.Total, _now) is not null);
                order.ExpiresAt = Instant.FromDateTimeUtc(_event.ExpiresAt!.Value);
                break;
            case ("awaiting_approval", "confirmed"):
                (order.Bought, order.CountedAt, order.ExpiresAt) = (order.Total, _now, Instant.MaxValue);
                break;
            case ("awaiting_approval", "refused") or ("processing" or "awaiting_approval", "cancelled"):
                (order.Held, order.ExpiresAt) = (0, Instant.MaxValue);
                break;
            case ("processing" or "awaiting_approval", "expired"):
                Same("when it expired", order.ExpiresAt, Instant.FromDateTimeUtc(_event.EffectiveAt!.Value));
                if (_now < order.ExpiresAt)
                    Wrong($"expired before {order.ExpiresAt}");
                (order.Held, order.ExpiresAt) = (0, Instant.MaxValue);
                break;
            case ("confirmed" or "partly_refunded", "partly_refunded" or "refunded"):
                order.Refunded += _event.Amount;
                order.Bought -= _event.Restored;
                _restored[id] = _restored.GetValueOrDefault(id) + _event.Restored;
                Same("whether all is refunded", order.Refunded == order.Total, status == "refunded");
                Same("the refund", (id, _event.Amount), (refund?.PurchaseId ?? default, refund?.Amount ?? 0));
                if (order.Refunded > order.Total || _event.Restored != 0 && _event.Restored != _event.Amount)
                    Wrong($"refunds {order.Refunded} of {order.Total}, gives back {_event.Restored} of {_event.Amount}");
                break;
            default:
                Wrong($"{from} became {status}");
                break;
        }

        order.Status = status;
        // What expired did so at a moment of its own, and decides nothing.
        LimitIsInForce(exceptFor: from == "awaiting_approval" || status == "expired");
    }

    private void Begin(Guid id, string status)
    {
        var order = _orders[id] = new LimitModel.Order { Id = id, Status = status, Total = _event.Amount };
        var refusal = default(LimitModel.Refusal);
        // For another reason than a limit, it counts nowhere.
        if (status != "cancelled" && !(status == "refused" && _event.Reason.Length > 0))
        {
            var until = status == "processing" ? Instant.FromDateTimeUtc(_event.ExpiresAt!.Value) : (Instant?)null;
            refusal = _model.Buy(order, _now, until);
            Same("the decision", refusal is not null ? "refused" : until is null ? "confirmed" : "processing", status);
            if (refusal is not null)
                Same("which limit refuses", (refusal.Window.SqlName(), refusal.ResetsAt), (_event.WindowName, _event.ResetsAt is { } at ? Instant.FromDateTimeUtc(at) : null));
        }

        order.Status = status;
        LimitIsInForce();
        receipts[id] = new(status, order.Total, _model.LeftAt(_now), refusal?.OverBy ?? 0, _event.SequenceNumber);
    }

    private void Fits(LimitModel.Order order, bool expected)
    {
        var refusal = _model.RefusalOrNull(_event.Amount, _now, released: order.Held, countedAt: order.CountedAt);
        Same("whether it fits", expected, refusal is null);
        if (refusal is not null && !expected)
            Same("which limit refuses", refusal.Window.SqlName(), _event.WindowName);
    }

    private void LimitIsInForce(bool exceptFor = false)
    {
        // A raise for one purchase is in force for that one alone.
        if (!exceptFor)
            Same("the limit in force", _model.LimitAt(LimitWindow.Lifetime, _now), _event.LimitAtTime);
    }

    private void ApplyLimit(LedgerReplay.Change? change, LedgerReplay.End? end)
    {
        var window = Enum.Parse<LimitWindow>(_event.WindowName, ignoreCase: true);
        // What was due may be written down only when something that was due after it is.
        var since = _event.EffectiveAt is { } at ? Moment(at) : _now;
        if (change is not null)
        {
            Same("the limit before", _model.LimitAt(window, since), change.LimitBefore);
            var (from, to) = (Moment(change.ValidFrom), Moment(change.ValidTo));
            Same("whether it begins later", from > _now, _event.Kind == "limit_change_scheduled");
            _model.Add(new LimitModel.Change(change.LimitChangeId, window, change.LimitAfter, from, to));
            Same("the amount", change.LimitAfter, _event.WindowLimit);
        }

        if (end is not null && _model.Changes.SingleOrDefault(one => one.Id == end.LimitChangeId) is { } ended)
            ended.EndedAt = Moment(end.EndedAt);
        if (_event.Kind == "limit_took_effect")
            Same("the limit from then on", _model.LimitAt(window, since), _event.WindowLimit);
        if (window == LimitWindow.Lifetime && _event.Kind is ("limit_changed" or "limit_took_effect"))
            _limit = _event.WindowLimit;
    }

    private static Instant Moment(DateTime time) => time == DateTime.MaxValue ? Instant.MaxValue : Instant.FromDateTimeUtc(time);

    private void Same<T>(string what, T model, T database)
    {
        if (!EqualityComparer<T>.Default.Equals(model, database))
            Wrong($"{what}: the model says {model}, the database {database}");
    }

    private void Wrong(string problem) => report($"event {_event?.SequenceNumber}, {_event?.Kind}: {problem}");
}
