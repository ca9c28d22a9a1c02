namespace PurchaseLimits.Web;

/// <summary>How <c>store.stage_limit_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum LimitImportStagingOutcome
{
    Staged,
    AlreadyRecorded,
    KeyReused,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.confirm_limit_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum LimitImportConfirmationOutcome
{
    Confirmed,

    /// <summary>Nothing happened: no row changes anything.</summary>
    Unchanged,

    /// <summary>Nothing happened: who confirms may not set one of its limits alone.</summary>
    NeedsRight,
    NeedsSecondAdmin,
    Ended,
    UnknownImport,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.cancel_limit_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum LimitImportCancellationOutcome
{
    Cancelled,
    Ended,
    UnknownImport,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.announce_limit_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum LimitImportAnnouncement
{
    Announcing,

    /// <summary>Nothing was done: somebody has the next customer's row.</summary>
    Held,
    Announced,
    NotConfirmed,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.switch_limit_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum LimitImportSwitch
{
    /// <summary>It has the moment from which it counts.</summary>
    InForce,
    NotConfirmed,

    /// <summary>Nothing is changed, for good: a limit is not what the dry run showed any more.</summary>
    ChangedMeanwhile,
    EndsInPast,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.finish_limit_import</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum LimitImportFinish
{
    Finished,
    Unsettled,
    NothingToDo,
    Busy,
    InDoubt,
}
