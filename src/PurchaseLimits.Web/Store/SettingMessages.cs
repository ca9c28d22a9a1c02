namespace PurchaseLimits.Web;

/// <summary>Every setting of the store: the columns of <c>store.store_setting</c>. Amounts are US dollars, <see cref="Limit.None"/> for none.</summary>
public sealed record StoreSettings
{
    public required decimal DefaultLimit { get; init; }
    public required decimal DefaultDayLimit { get; init; }
    public required decimal DefaultWeekLimit { get; init; }
    public required decimal DefaultMonthLimit { get; init; }
    public required decimal DefaultYearLimit { get; init; }

    /// <summary>How long a price that a page showed is honoured.</summary>
    public required TimeSpan QuoteLife { get; init; }

    /// <summary>How long a purchase waits for a missing price.</summary>
    public required TimeSpan HoldLife { get; init; }

    /// <summary>How long a purchase above the limit waits for an admin.</summary>
    public required TimeSpan ApprovalLife { get; init; }

    /// <summary>From the approval of a raise that a customer asked for to its beginning.</summary>
    public required TimeSpan RaiseDelay { get; init; }
    public required bool DeferredConfirmation { get; init; }
    public required bool RefundRestoresAllowance { get; init; }

    /// <summary>A raise above this takes two admins; <see cref="Limit.None"/>: none does.</summary>
    public required decimal SecondAdminAbove { get; init; }

    /// <summary>1 Monday … 7 Sunday.</summary>
    public required long WeekStartsOn { get; init; }

    /// <summary>A name of the IANA's.</summary>
    public required string TimeZone { get; init; }

    /// <summary>50 to 100, at most five, smallest first.</summary>
    public required long[] NoticePercents { get; init; }
}

/// <param name="Version">The one that the page showed, so that two admins cannot overwrite each other. Also the idempotency key.</param>
/// <param name="Settings">What all of them are to be.</param>
/// <param name="Reason">1 to 500 characters.</param>
/// <param name="Actor">Who, as the ledger names them: <c>admin 3</c>.</param>
public sealed record SettingsChangeRequest(long Version, StoreSettings Settings, string Reason, string Actor);

public sealed record SettingsChangeReply
{
    public required SettingsChangeOutcome Outcome { get; init; }

    /// <summary>The settings' version after this outcome.</summary>
    public long? VersionNow { get; init; }
}
