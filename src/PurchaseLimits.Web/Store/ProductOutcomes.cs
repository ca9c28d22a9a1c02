namespace PurchaseLimits.Web;

/// <summary>How <c>store.create_product</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ProductCreationOutcome
{
    Created,
    AlreadyRecorded,
    KeyReused,
    UnknownCategory,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.change_product</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ProductChangeOutcome
{
    Changed,
    AlreadyRecorded,

    /// <summary>Nothing changed: the product is another revision than the page showed.</summary>
    ChangedMeanwhile,
    Unchanged,
    KeyReused,
    UnknownProduct,
    UnknownCategory,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.withdraw_product</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ProductWithdrawalOutcome
{
    Withdrawn,
    Unchanged,
    UnknownProduct,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.restore_product</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ProductRestorationOutcome
{
    Restored,
    Unchanged,
    UnknownProduct,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.take_back_price</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum PriceTakeBackOutcome
{
    TakenBack,

    /// <summary>Nothing changed: the price holds or has held, and the past never changes.</summary>
    BeganAlready,

    /// <summary>Nothing changed: another price begins at that moment.</summary>
    ChangedMeanwhile,
    UnknownPrice,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.stage_price_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum PriceImportStagingOutcome
{
    Staged,
    AlreadyRecorded,
    KeyReused,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.confirm_price_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum PriceImportConfirmationOutcome
{
    Confirmed,
    Ended,
    UnknownImport,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.cancel_price_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum PriceImportCancellationOutcome
{
    Cancelled,

    /// <summary>It runs; its worker will read the wish after the batch that it is at.</summary>
    CancelRequested,
    Ended,
    UnknownImport,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.begin_price_import</c> ended.</summary>
public enum PriceImportBeginning
{
    Begun,
    NotConfirmed,
    RunsElsewhere,
}

/// <summary>How a batch of <c>store.import_prices</c> ended.</summary>
public enum PriceImportStep
{
    Imported,
    Done,
    ChangedMeanwhile,
    ValidFromInPast,
    TooSlow,
}

/// <summary>How <c>store.end_price_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum PriceImportEndOutcome
{
    Ended,
    NotConfirmed,
    RunsElsewhere,
    Busy,
    InDoubt,
}

/// <summary>How one try at an import ended; except for <see cref="Done"/> nothing of it was kept.</summary>
public enum PriceImportEnd
{
    Done,

    /// <summary>It is done, cancelled or failed already, or another worker is at it.</summary>
    NothingToDo,
    CancelRequested,

    /// <summary>It took longer than its lead time, or failed in a way that passes: again, with more time.</summary>
    TryAgain,

    /// <summary>It will never fit: what was shown is not what is there.</summary>
    Failed,
}
