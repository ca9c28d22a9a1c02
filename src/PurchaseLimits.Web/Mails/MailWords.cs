using System.Globalization;
using PurchaseLimits.Web.Pages;
using static PurchaseLimits.Web.Pages.Display;

namespace PurchaseLimits.Web.Mails;

/// <summary>What several mails say in the same words.</summary>
internal static class MailWords
{
    // The ledger names admins by number and customers by theirs; neither is for this reader.
    public static string Who(string actor) =>
        actor.StartsWith("admin ", StringComparison.Ordinal) ? "An admin"
        : actor.StartsWith("customer ", StringComparison.Ordinal) ? "You"
        : "The store";

    public static string[] Because(MailEvent e) => e.Reason.Length == 0 ? []
        : e.Kind == "purchase_awaiting_approval" ? [$"You wrote: {e.Reason}"] : [$"The reason: {e.Reason}"];

    /// <summary>A mail does not know its reader's zone.</summary>
    public static string Time(DateTimeOffset? moment) =>
        moment?.ToUniversalTime().ToString("d MMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture) ?? "its deadline";

    /// <summary>A limit and what counts in it.</summary>
    public static IEnumerable<MailFact> OfLimit(AllowanceReading limit) =>
    [
        new(LimitWords.Title(limit.Window), LimitWords.Amount(limit.LimitAmount)),
        new("Bought", Money(limit.Amount)),
        .. limit.Held > 0 ? [new MailFact("Held", Money(limit.Held))] : Array.Empty<MailFact>(),
        limit.OverBy > 0 ? new("Over by", Money(limit.OverBy)) : new("Left", LimitWords.Amount(limit.LeftAmount)),
        .. limit.ResetsAt is { } resets ? [new MailFact("Resets", Time(resets))] : Array.Empty<MailFact>(),
    ];
}
