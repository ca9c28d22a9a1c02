namespace PurchaseLimits.Web;

/// <summary>What a limit is of: all that a customer buys, or what is bought in one day, week, month or year of the store's zone.</summary>
public enum LimitWindow
{
    Lifetime,
    Day,
    Week,
    Month,
    Year,
}

/// <summary>Limits as SQL has them.</summary>
public static class Limit
{
    /// <summary>US dollars: the limit of whom nothing limits (<c>store.no_limit()</c>). No form takes it for an amount.</summary>
    public const decimal None = 9_999_999_999.99m;

    /// <summary>The window's name in SQL: <c>lifetime</c>, <c>day</c> …</summary>
    public static string SqlName(this LimitWindow window) => window switch
    {
        LimitWindow.Lifetime => "lifetime",
        LimitWindow.Day => "day",
        LimitWindow.Week => "week",
        LimitWindow.Month => "month",
        LimitWindow.Year => "year",
        _ => throw new ArgumentOutOfRangeException(nameof(window)),
    };
}

/// <summary>A change of one of a customer's limits. Amounts are US dollars.</summary>
/// <param name="CustomerId">Whose limit.</param>
/// <param name="LimitChangeId">The idempotency key, made when the page was rendered.</param>
/// <param name="Window">Which limit.</param>
/// <param name="LimitSequenceNumber">The last event about this customer's limits that the page showed, so that two admins cannot overwrite each other; null: whatever it is.</param>
/// <param name="LimitAfter">The new one, or <see cref="Limit.None"/>; below what is bought is fine.</param>
/// <param name="ValidFrom">From when it is in force; null: at once.</param>
/// <param name="ValidTo">Until when; null: for good.</param>
/// <param name="Reason">1 to 500 characters.</param>
/// <param name="Actor">Who, as the ledger names them: <c>admin 3</c>.</param>
public sealed record LimitChangeRequest(
    long CustomerId,
    Guid LimitChangeId,
    LimitWindow Window,
    long? LimitSequenceNumber,
    decimal LimitAfter,
    DateTimeOffset? ValidFrom,
    DateTimeOffset? ValidTo,
    string Reason,
    string Actor)
{
    public string WindowName => Window.SqlName();
}

public sealed record LimitChangeReply
{
    public required LimitChangeOutcome Outcome { get; init; }

    /// <summary>What was in force before.</summary>
    public decimal? LimitBefore { get; init; }

    /// <summary>The limit in force after this outcome.</summary>
    public decimal? LimitAmount { get; init; }

    public decimal? LeftAmount { get; init; }

    /// <summary>By how much the customer is over the limit: only after a cut.</summary>
    public decimal? OverBy { get; init; }

    public long? SequenceNumber { get; init; }
}

/// <summary>A raise that somebody asks for and somebody else decides. Amounts are US dollars.</summary>
/// <param name="CustomerId">Whose limit.</param>
/// <param name="LimitRequestId">The idempotency key, made when the page was rendered.</param>
/// <param name="Window">Which limit.</param>
/// <param name="LimitWanted">What it should be, or <see cref="Limit.None"/>.</param>
/// <param name="ValidTo">Until when; null: for good.</param>
/// <param name="Note">1 to 500 characters, for who decides.</param>
public sealed record LimitRaiseRequest(
    long CustomerId, Guid LimitRequestId, LimitWindow Window, decimal LimitWanted, DateTimeOffset? ValidTo, string Note)
{
    public string WindowName => Window.SqlName();
}

public sealed record LimitRaiseReply
{
    public required LimitRaiseOutcome Outcome { get; init; }

    /// <summary>The limit in force now.</summary>
    public decimal? LimitAmount { get; init; }
}

/// <summary>An admin's yes to a raise: to what was asked for, or to another amount or end.</summary>
/// <param name="CustomerId">Whose limit.</param>
/// <param name="LimitRequestId">Which request.</param>
/// <param name="LimitChangeId">Key of the change it becomes, made when the page was rendered.</param>
/// <param name="LimitAfter">US dollars that are granted.</param>
/// <param name="ValidTo">Until when; null: for good.</param>
/// <param name="Reason">0 to 500 characters; the customer reads it.</param>
/// <param name="Actor">Who, as the ledger names them.</param>
public sealed record LimitApproval(
    long CustomerId, Guid LimitRequestId, Guid LimitChangeId, decimal LimitAfter, DateTimeOffset? ValidTo, string Reason, string Actor);

public sealed record LimitApprovalReply
{
    public required LimitApprovalOutcome Outcome { get; init; }

    /// <summary>What the request is now.</summary>
    public string? Status { get; init; }

    /// <summary>From when the raise is in force.</summary>
    public DateTimeOffset? ValidFrom { get; init; }
}

public sealed record LimitRequestClosedReply
{
    public required LimitRequestClosedOutcome Outcome { get; init; }

    /// <summary>What the request is now.</summary>
    public string? Status { get; init; }
}

public sealed record LimitEndReply
{
    public required LimitEndOutcome Outcome { get; init; }
}
