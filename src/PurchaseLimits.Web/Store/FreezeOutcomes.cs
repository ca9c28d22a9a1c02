namespace PurchaseLimits.Web;

/// <summary>How <c>store.freeze_customer</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum FreezeOutcome
{
    Frozen,
    AlreadyFrozen,

    /// <summary>Row and ledger agree: whoever was refused may try again.</summary>
    NoDifference,
    UnknownCustomer,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.release_customer</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ReleaseOutcome
{
    Released,

    /// <summary>The same was sent before.</summary>
    AlreadyReleased,
    NotFrozen,

    /// <summary>Nothing changed: row and ledger still differ, and the reply says in what.</summary>
    StillDiffers,
    UnknownCustomer,
    Busy,
    InDoubt,
}
