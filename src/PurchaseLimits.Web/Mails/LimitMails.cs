using System.Globalization;
using PurchaseLimits.Web.Pages;
using static PurchaseLimits.Web.Mails.MailWords;
using static PurchaseLimits.Web.Pages.Display;

namespace PurchaseLimits.Web.Mails;

/// <summary>Mails about a customer's limits: which one, what it was and is, from when, until when, and what is left.</summary>
public static class LimitMails
{
    public static Mail Write(MailEvent e) => e.Kind switch
    {
        "limit_changed" => Changed(e, $"{Who(e.Actor)} changed your {Name(e)} from {LimitWords.Amount(e.LimitBefore ?? 0)} to {LimitWords.Amount(e.LimitAfter)}."),
        "limit_took_effect" => Changed(e, $"Your {Name(e)} changed by itself from {LimitWords.Amount(e.LimitBefore ?? 0)} to {LimitWords.Amount(e.LimitAfter)}."),
        "limit_change_scheduled" => Scheduled(e),
        "limit_change_ended" => Ended(e),
        "limit_raise_denied" => Denied(e),
        _ => throw new UnsendableMailException($"There is no mail of kind '{e.Kind}'."),
    };

    /// <summary>One mail for all that an event reached: a share of one limit, or of several.</summary>
    public static Mail WriteNotice(MailEvent e)
    {
        if (e.Notices.Count == 0)
            throw new UnsendableMailException("Nothing is recorded that this mail would tell of.");

        // The most important first: what is used up most.
        var notices = e.Notices.OrderByDescending(notice => notice.Percent).ThenBy(notice => notice.Window).ToList();
        var first = notices[0];
        return new Mail
        {
            Subject = first.OverBy > 0
                ? $"You are over your {Of(first)} by {Money(first.OverBy)}"
                : first.Left == 0
                ? $"You have used all of your {Of(first)}"
                : $"You have used {Percent(first)} of your {Of(first)}: {LimitWords.Left(first.Left, first.Window)}",
            Sentences = [.. notices.Select(Sentence), "What costs more than is left is refused. You can ask for a higher limit, or lower yours."],
            Facts = [.. notices.SelectMany(Facts)],
            Link = new MailLink("See your limits", "/limit"),
            Afterword = "Your account's page has a button that turns such notices off.",
        };

        static string Of(LimitNotice notice) => $"{Money(notice.LimitAmount)} {LimitWords.Name(notice.Window)}";
        static string Percent(LimitNotice notice) => string.Create(CultureInfo.InvariantCulture, $"{notice.Percent} %");
        static string Sentence(LimitNotice notice) =>
            notice.OverBy > 0
            ? $"You are over your {Of(notice)} by {Money(notice.OverBy)}: {Money(notice.Amount)} bought{(notice.Held > 0 ? $", {Money(notice.Held)} held" : "")}{Resets(notice)}."
            : $"You have used {Percent(notice)}{(notice.Left == 0 || notice.Percent == 100 ? "" : " or more")} of your {Of(notice)}: "
            + $"{Money(notice.Amount)} bought{(notice.Held > 0 ? $", {Money(notice.Held)} held" : "")}, {LimitWords.Left(notice.Left, notice.Window)}"
            + $"{Resets(notice)}.";
        static string Resets(LimitNotice notice) => notice.ResetsAt is { } resets ? $". It resets on {Time(resets)}" : "";
        static IEnumerable<MailFact> Facts(LimitNotice notice) =>
        [
            new(LimitWords.Title(notice.Window), Money(notice.LimitAmount)),
            new("Bought", Money(notice.Amount)),
            .. notice.Held > 0 ? [new MailFact("Held", Money(notice.Held))] : Array.Empty<MailFact>(),
            notice.OverBy > 0 ? new("Over by", Money(notice.OverBy)) : new("Left", Money(notice.Left)),
            .. notice.ResetsAt is { } resets ? [new MailFact("Resets", Time(resets))] : Array.Empty<MailFact>(),
        ];
    }

    private static Mail Changed(MailEvent e, string sentence)
    {
        var limit = Limit(e);
        return new Mail
        {
            Subject = $"Your {Name(e)} is now {LimitWords.Amount(e.LimitAfter)}{After(e, limit)}",
            Sentences =
            [
                sentence,
                .. e.ValidTo is { } until ? [$"It is for a time: until {Time(until)}."] : Array.Empty<string>(),
                .. Because(e),
                .. limit is { OverBy: > 0 } ? ["Nothing that you bought is undone, but what you order next is refused until the limit is above that" + (limit.ResetsAt is { } resets ? $" or resets on {Time(resets)}" : "") + ", unless an admin approves it."] : Array.Empty<string>(),
                .. e.LimitAfter == 0 ? ["At a limit of $0.00 you may not buy."] : Array.Empty<string>(),
            ],
            Facts = [new MailFact("Limit before", LimitWords.Amount(e.LimitBefore ?? 0)), .. limit is null ? [new MailFact(LimitWords.Title(e.Window), LimitWords.Amount(e.LimitAfter))] : OfLimit(limit)],
            Link = new MailLink("See your allowance", "/allowance"),
        };
    }

    private static Mail Scheduled(MailEvent e) => new()
    {
        Subject = $"Your {Name(e)} will be {LimitWords.Amount(e.LimitAfter)} from {Time(e.ValidFrom)}",
        Sentences =
        [
            e.IsOwnRaise
                ? $"The higher {Name(e)} that you asked for is approved. It begins on {Time(e.ValidFrom)}; until then you may take it back."
                : $"{Who(e.Actor)} set your {Name(e)} to become {LimitWords.Amount(e.LimitAfter)} on {Time(e.ValidFrom)}.",
            .. e.ValidTo is { } until ? [$"It is for a time: until {Time(until)}."] : Array.Empty<string>(),
            .. Because(e),
        ],
        Facts =
        [
            new("Limit now", LimitWords.Amount(e.LimitBefore ?? 0)),
            new($"{LimitWords.Title(e.Window)} from then", LimitWords.Amount(e.LimitAfter)),
            new("From", Time(e.ValidFrom)),
            .. e.ValidTo is { } end ? [new MailFact("Until", Time(end))] : Array.Empty<MailFact>(),
        ],
        Link = new MailLink(e.IsOwnRaise ? "See it, or take it back" : "See your limits", "/limit"),
    };

    private static Mail Ended(MailEvent e)
    {
        var takenBack = e.ValidFrom > e.OccurredAt;
        return new Mail
        {
            Subject = takenBack
                ? $"Your {Name(e)} will not become {LimitWords.Amount(e.LimitAfter)}"
                : $"Your {Name(e)} of {LimitWords.Amount(e.LimitAfter)} has ended early",
            Sentences =
            [
                takenBack
                    ? $"{Who(e.Actor)} took back that your {Name(e)} becomes {LimitWords.Amount(e.LimitAfter)}. It stays what it is."
                    : $"{Who(e.Actor)} ended your {Name(e)} of {LimitWords.Amount(e.LimitAfter)} before its time. What is in force without it counts again.",
                .. Because(e),
            ],
            Facts = Limit(e) is { } limit ? [.. OfLimit(limit)] : [],
            Link = new MailLink("See your limits", "/limit"),
        };
    }

    private static Mail Denied(MailEvent e) => new()
    {
        Subject = $"Your {Name(e)} stays what it is: the request for {LimitWords.Amount(e.LimitAfter)} was denied",
        Sentences = [$"An admin did not grant the {Name(e)} of {LimitWords.Amount(e.LimitAfter)} that you asked for.", $"The admin wrote: {e.Reason}"],
        Facts = Limit(e) is { } limit ? [.. OfLimit(limit)] : [],
        Link = new MailLink("See your limits", "/limit"),
    };

    private static string Name(MailEvent e) => LimitWords.Name(e.Window);

    // The limit it speaks of, as it was once this had happened; null for a window that has none then.
    private static AllowanceReading? Limit(MailEvent e) =>
        e.Window == LimitWindow.Lifetime ? e.Lifetime : e.Windows.SingleOrDefault(window => window.Window == e.Window);

    private static string After(MailEvent e, AllowanceReading? limit) =>
        limit is null || LimitWords.IsNone(e.LimitAfter) ? ""
        : limit.OverBy > 0 ? $": over by {Money(limit.OverBy)}"
        : $": {LimitWords.Left(limit.LeftAmount, limit.Window)}";
}
