namespace PurchaseLimits.Web.Pages;

/// <summary>One event of a customer's ledger, and how it is said. Amounts are US dollars.</summary>
public record LedgerEvent
{
    public long SequenceNumber { get; init; }
    public string Kind { get; init; } = "";

    /// <summary>The kind of the purchase's event before this one; null for its first.</summary>
    public string? PreviousKind { get; init; }

    /// <summary>A purchase's total, refused or not, or what was refunded; zero where no money is meant.</summary>
    public decimal Amount { get; init; }

    public decimal AmountBefore { get; init; }
    public decimal AmountAfter { get; init; }
    public decimal HeldBefore { get; init; }
    public decimal HeldAfter { get; init; }
    public decimal LimitAtTime { get; init; }

    /// <summary>What it holds, or what of that it releases.</summary>
    public decimal Hold { get; init; }

    /// <summary>Of a refund: what may be bought for again.</summary>
    public decimal Restored { get; init; }

    /// <summary>Which limit it speaks of; of a refusal, which one refused.</summary>
    public LimitWindow Window { get; init; }

    /// <summary>The limit it speaks of, where that is of a window or begins later.</summary>
    public decimal WindowLimit { get; init; }

    /// <summary>Of a refusal by a window: what counted in it already.</summary>
    public decimal WindowUsed { get; init; }

    /// <summary>Of a refusal by a window: when that resets.</summary>
    public DateTimeOffset? ResetsAt { get; init; }

    /// <summary>The least that a window left after it.</summary>
    public decimal LeftAmount { get; init; } = Limit.None;

    /// <summary>Since when it counts, where that was before it was written.</summary>
    public DateTimeOffset? EffectiveAt { get; init; }

    /// <summary>Until when the purchase waits, where it waits.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    public string Actor { get; init; } = "";
    public string Reason { get; init; } = "";
    public DateTimeOffset OccurredAt { get; init; }

    public decimal BoughtChange => AmountAfter - AmountBefore;
    public decimal HeldChange => HeldAfter - HeldBefore;

    /// <summary>A window refused it, not the lifetime limit.</summary>
    public bool IsRefusedByWindow => Kind == "purchase_refused" && Window != LimitWindow.Lifetime;

    /// <summary>What was bought and held apart from this purchase, as far as it counts in the limit that it speaks of.</summary>
    public decimal UsedByOthers => IsRefusedByWindow ? WindowUsed
        : AmountBefore + (PreviousKind == "purchase_processing" ? HeldBefore - Hold : HeldBefore);

    /// <summary>The limit that decided: the window's that refused, else the lifetime limit.</summary>
    public decimal DecidingLimit => IsRefusedByWindow ? WindowLimit : LimitAtTime;

    /// <summary>By how much a purchase would have passed that limit.</summary>
    public decimal OverBy => Math.Max(UsedByOthers + Amount - DecidingLimit, 0);

    /// <summary>What could still be bought once this had happened.</summary>
    public decimal LeftAfter => Math.Max(Math.Min(LimitAtTime - AmountAfter - HeldAfter, LeftAmount), 0);

    /// <summary>Of an event about a limit: the limit it speaks of. Events of before there were windows have it in one column only.</summary>
    public decimal LimitAfter =>
        Window == LimitWindow.Lifetime && Kind is "limit_changed" or "limit_took_effect" ? LimitAtTime : WindowLimit;

    /// <summary>Refused, and for nothing but the limit.</summary>
    public bool IsOverLimit => Kind == "purchase_refused" && Reason == "";

    /// <summary>Who, as the customer whose ledger it is would say.</summary>
    public string By => Actor.Split(' ')[0] switch
    {
        // Their order led to it, but the store refused.
        "customer" when Kind == "purchase_refused" => "the store",
        "customer" => "you",
        "admin" => "an admin",
        _ => "the store",
    };

    /// <summary>What happened, in a few words.</summary>
    public string Title => (Kind, PreviousKind) switch
    {
        ("customer_registered", _) => "Registered",
        ("limit_changed", _) => $"{LimitWords.Title(Window)} changed to {LimitWords.Amount(LimitAfter)}",
        ("limit_change_scheduled", _) => $"{LimitWords.Title(Window)} set to become {LimitWords.Amount(LimitAfter)}",
        ("limit_took_effect", _) => $"{LimitWords.Title(Window)} became {LimitWords.Amount(LimitAfter)} by itself",
        ("limit_change_ended", _) => $"The change of the {LimitWords.Name(Window)} to {LimitWords.Amount(LimitAfter)} was ended",
        ("limit_raise_requested", _) => $"Asked for a {LimitWords.Name(Window)} of {LimitWords.Amount(LimitAfter)}",
        ("limit_raise_proposed", _) => $"An admin would grant a {LimitWords.Name(Window)} of {LimitWords.Amount(LimitAfter)}; another one has to agree",
        ("limit_raise_denied", _) => $"The request for a {LimitWords.Name(Window)} of {LimitWords.Amount(LimitAfter)} was denied",
        ("limit_raise_cancelled", _) => $"The request for a {LimitWords.Name(Window)} of {LimitWords.Amount(LimitAfter)} was taken back",
        ("purchase_processing", _) => $"Waits for a price, {Display.Money(Hold)} held",
        ("purchase_awaiting_approval", _) => $"Asked for approval of {Display.Money(Amount)}",
        ("purchase_confirmed", "purchase_processing") => $"The price came. Bought for {Display.Money(Amount)}",
        ("purchase_confirmed", "purchase_awaiting_approval") => $"Approved. Bought for {Display.Money(Amount)}",
        ("purchase_confirmed", _) => $"Bought for {Display.Money(Amount)}",
        ("purchase_refused", "purchase_awaiting_approval") => $"Approval declined, {Display.Money(Amount)} not bought",
        ("purchase_refused", _) when IsOverLimit => $"Refused: {Display.Money(Amount)} would have passed the {LimitWords.Name(Window)} by {Display.Money(OverBy)}",
        // The reason says why, and the amount is none that anybody was charged.
        ("purchase_refused", _) => "Refused",
        ("purchase_cancelled", _) => $"Cancelled: {Display.Money(Amount)} not bought",
        ("purchase_expired", "purchase_awaiting_approval") => "Expired: no admin answered in time",
        ("purchase_expired", _) => "Expired: the price did not come in time",
        ("purchase_partly_refunded" or "purchase_refunded", _) => $"Refunded {Display.Money(Amount)}",
        // A kind that came with a later version: better its name than nothing.
        _ => Kind.Replace('_', ' '),
    };

    /// <summary>What that did beside what the title says; null where it did nothing else.</summary>
    public string? Effect => Kind switch
    {
        "purchase_partly_refunded" or "purchase_refunded" =>
            Restored > 0 ? $"{Display.Money(Restored)} no longer counts toward the limit." : "It still counts toward the limit.",
        "purchase_cancelled" or "purchase_expired" or "purchase_refused" when HeldChange < 0 =>
            $"{Display.Money(-HeldChange)} that was held is free again.",
        _ => null,
    };

    /// <summary>The columns of all this, of <c>store.customer_event e</c>.</summary>
    public const string Columns =
        """
        e.sequence_number, e.kind, e.previous_kind, e.amount, e.amount_before, e.amount_after, e.held_before, e.held_after,
        e.limit_at_time, e.hold, e.restored, e.expires_at, e.actor, e.reason, e.occurred_at, e.window_name AS "window",
        e.window_limit, e.window_used, e.resets_at, e.left_amount, e.effective_at
        """;

    public const string SelectOfPurchase =
        $"""
        SELECT {Columns}
        FROM store.customer_event e
        WHERE e.customer_id = @customerId
          AND e.purchase_id = @purchaseId
        ORDER BY e.sequence_number
        """;
}
