namespace PurchaseLimits.Web;

/// <summary>How <c>store.cancel_purchase</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum CancelOutcome
{
    Cancelled,
    AlreadyCancelled,

    /// <summary>Nothing changed: it was decided before.</summary>
    TooLate,
    UnknownPurchase,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.ask_approval</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ApprovalOutcome
{
    Asked,
    AlreadyAsked,

    /// <summary>Nothing changed: an admin was asked about it once, and said no or did not answer.</summary>
    AskedBefore,

    /// <summary>Nothing changed: it fits by now, so it may simply be bought.</summary>
    FitsNow,

    /// <summary>Nothing changed: a line has no price yet.</summary>
    PriceMissing,

    /// <summary>Nothing changed: it is not refused, or for another reason than the limit.</summary>
    NotRefusedForLimit,
    UnknownPurchase,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.approve_purchase</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ApproveOutcome
{
    Approved,

    /// <summary>Nothing changed: it would raise the limit by more than the admin was told.</summary>
    RaiseGrew,

    /// <summary>Nothing changed: it would raise a limit above what one admin may set alone.</summary>
    NeedsSecondAdmin,
    AlreadyDecided,

    /// <summary>Nothing changed: nobody decides their own.</summary>
    OwnRequest,

    /// <summary>Nothing changed: a product in it was withdrawn.</summary>
    ProductUnavailable,
    UnknownPurchase,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.decline_purchase</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum DeclineOutcome
{
    Declined,
    AlreadyDecided,
    OwnRequest,
    UnknownPurchase,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.refund_purchase</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum RefundOutcome
{
    Refunded,
    AlreadyRecorded,
    KeyReused,

    /// <summary>Nothing changed: more than is left of the purchase, or of one of its lines.</summary>
    ExceedsPurchase,

    /// <summary>Nothing changed: it was not bought, or all of it was refunded.</summary>
    NotRefundable,

    /// <summary>Nothing changed: what should come back cost nothing.</summary>
    NothingToRefund,
    UnknownPurchase,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.resume_purchase</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ResumeOutcome
{
    Confirmed,
    Refused,
    StillWaiting,
    NotProcessing,
    Busy,
    InDoubt,
}
