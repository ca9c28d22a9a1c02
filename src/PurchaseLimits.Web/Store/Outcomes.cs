namespace PurchaseLimits.Web;

/// <summary>
/// How <c>store.place_purchases</c> ended, plus two ends that only this side knows: <see cref="Busy"/> and
/// <see cref="InDoubt"/>. A test holds the names and the SQL together.
/// </summary>
public enum PurchaseOutcome
{
    /// <summary>Bought.</summary>
    Confirmed,

    /// <summary>Recorded, and not decided yet: a price is missing, or the store confirms later.</summary>
    Processing,

    /// <summary>The same key was decided before; the reply is what was recorded then.</summary>
    AlreadyRecorded,

    /// <summary>Refused and recorded as refused: it would have passed the limit.</summary>
    OverLimit,

    /// <summary>Nothing recorded: the quote is too old, or the total is above what the page showed. Ask again.</summary>
    PriceChanged,

    /// <summary>Nothing recorded: a product is unknown, withdrawn or without a price.</summary>
    ProductUnavailable,

    /// <summary>Nothing recorded: the key belongs to a purchase with other content.</summary>
    KeyReused,

    /// <summary>Nothing recorded: there is no such customer.</summary>
    UnknownCustomer,

    /// <summary>Nothing recorded: the store defers confirmation. For <see cref="Store"/>, which then asks the other function.</summary>
    ConfirmsLater,

    /// <summary>Nothing recorded: the store does not defer. For <see cref="Store"/> as well.</summary>
    ConfirmsAtOnce,

    /// <summary>
    /// Nothing recorded: it was sent with other customers' purchases, and they do not wait for what this customer waits for. For
    /// <see cref="Store"/>, which then sends it alone.
    /// </summary>
    LeftOut,

    /// <summary>Nothing recorded: too many requests of this customer wait, or every try was rolled back.</summary>
    Busy,

    /// <summary>The database could not be asked whether it was recorded. The same key, sent again, will tell.</summary>
    InDoubt,
}

/// <summary>How <c>store.set_price</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum PriceOutcome
{
    PriceSet,
    Unchanged,
    ValidFromInPast,
    UnknownProduct,
    Busy,
    InDoubt,
}

/// <summary>How <c>account.open_account</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum AccountOutcome
{
    Opened,
    EmailTaken,
    Busy,
    InDoubt,
}
