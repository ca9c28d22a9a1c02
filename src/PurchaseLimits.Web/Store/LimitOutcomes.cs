namespace PurchaseLimits.Web;

/// <summary>
/// How <c>store.change_limit</c> and <c>store.lower_own_limit</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.
/// </summary>
public enum LimitChangeOutcome
{
    Changed,

    /// <summary>Recorded; it begins later.</summary>
    Scheduled,
    AlreadyRecorded,

    /// <summary>Nothing changed: something about this customer's limits happened since the page was shown.</summary>
    ChangedMeanwhile,
    Unchanged,

    /// <summary>Nothing changed: this admin may not take a limit away.</summary>
    NeedsRight,

    /// <summary>Nothing changed: a raise this high takes a second admin. It can be asked for.</summary>
    NeedsSecondAdmin,
    BeginsInPast,
    EndsBeforeItBegins,

    /// <summary>Nothing changed: customers lower their limits themselves, and ask for raises.</summary>
    NotLower,
    KeyReused,
    UnknownCustomer,
    UnknownWindow,
    Busy,
    InDoubt,
}

/// <summary>
/// How <c>store.end_limit_change</c> and <c>store.end_own_limit_change</c> ended, plus <see cref="Busy"/> and
/// <see cref="InDoubt"/>.
/// </summary>
public enum LimitEndOutcome
{
    Ended,
    AlreadyEnded,
    ChangedMeanwhile,

    /// <summary>Nothing changed: it is in force for good. Change the limit instead.</summary>
    NotEndable,

    /// <summary>Nothing changed: what would be in force without it is more than this admin may set.</summary>
    NeedsRight,
    NeedsSecondAdmin,

    /// <summary>Nothing changed: it began, or the customer did not ask for it.</summary>
    TooLate,
    UnknownChange,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.request_limit</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum LimitRaiseOutcome
{
    Requested,
    AlreadyRecorded,

    /// <summary>Nothing changed: a raise of this limit waits already.</summary>
    AlreadyPending,

    /// <summary>Nothing changed: the limit is as high already.</summary>
    NotARaise,
    NeedsRight,
    EndsInPast,
    KeyReused,
    UnknownCustomer,
    UnknownWindow,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.approve_limit_request</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum LimitApprovalOutcome
{
    Approved,

    /// <summary>Approved; it begins later.</summary>
    Scheduled,

    /// <summary>Proposed: another admin has to approve the same.</summary>
    NeedsSecondAdmin,
    AlreadyDecided,

    /// <summary>Nobody decides their own.</summary>
    OwnRequest,
    NotARaise,
    NeedsRight,
    EndsInPast,
    UnknownRequest,
    Busy,
    InDoubt,
}

/// <summary>
/// How <c>store.close_limit_request</c> ended for a denial and for who takes a request back, plus <see cref="Busy"/> and
/// <see cref="InDoubt"/>.
/// </summary>
public enum LimitRequestClosedOutcome
{
    Denied,
    Cancelled,
    AlreadyDecided,

    /// <summary>Nobody decides their own.</summary>
    OwnRequest,
    UnknownRequest,
    Busy,
    InDoubt,
}
