using System.Globalization;
using PurchaseLimits.Web.Pages;
using static PurchaseLimits.Web.Mails.MailWords;
using static PurchaseLimits.Web.Pages.Display;

namespace PurchaseLimits.Web.Mails;

/// <summary>Mails about what happened to a customer's money: each says what, by how much, and what is left.</summary>
public sealed class EventMails(StoreDataSources dataSources)
{
    /// <param name="kind">The event's, or <c>limit_notice</c>: an event may have both mails.</param>
    /// <param name="customerId">Whose ledger.</param>
    /// <param name="sequenceNumber">Which event of it.</param>
    public async Task<Mail> WriteAsync(string kind, long customerId, long sequenceNumber)
    {
        var happened = await MailEvent.ReadOrNullAsync(dataSources, customerId, sequenceNumber)
            ?? throw new UnsendableMailException("The event that it tells of is not in the ledger.");
        return kind == "limit_notice" ? LimitMails.WriteNotice(happened) : Write(happened);
    }

    public static Mail Write(MailEvent happened)
    {
        if (happened.Kind.StartsWith("limit_", StringComparison.Ordinal))
            return LimitMails.Write(happened);

        var (subject, sentences) = Words(happened, $"Purchase {happened.PurchaseNumber?.ToString(CultureInfo.InvariantCulture)}");
        return new Mail
        {
            Subject = subject,
            Sentences = sentences,
            Facts = [.. happened.Lines.Select(Fact), new MailFact(IsRefund(happened) ? "Bought for" : "Total", TotalOf(happened)), .. Allowance(happened)],
            Link = new MailLink("See the purchase", $"/purchases/{happened.PurchaseId}"),
        };
    }

    private static (string Subject, string[] Sentences) Words(MailEvent e, string purchase) => (e.Kind, e.PreviousKind) switch
    {
        ("purchase_confirmed", "purchase_awaiting_approval") => (
            $"{purchase} is approved and confirmed: {Money(e.Amount)}",
            ["An admin approved your purchase that had been over your limit. It is confirmed. For other purchases your limit is what it was.", .. Because(e)]),
        ("purchase_confirmed", "purchase_processing") => (
            $"{purchase} is confirmed: {Money(e.Amount)}, {Left(e)}",
            ["The price that your purchase waited for is there, and the purchase is confirmed."]),
        ("purchase_confirmed", _) => (
            $"{purchase} is confirmed: {Money(e.Amount)}, {Left(e)}",
            ["Thank you. Your purchase is confirmed."]),

        ("purchase_refused", _) when e.Reason.Length == 0 => (
            $"{purchase} is refused: over your {LimitWords.Name(e.Window)} by {Money(e.PurchaseOverBy)}",
            [$"It costs {Money(e.Amount)}, which is {Money(e.PurchaseMoreThanLeft)} more than you have left{LimitWords.During(e.Window)}, so it was refused. Nothing was bought.",
             .. e.ResetsAt is { } resets
                ? [$"Your {LimitWords.Name(e.Window)} is {Money(e.WindowLimit)}, of which {Money(e.WindowUsed)} was used. It resets on {Time(resets)}."]
                : Array.Empty<string>(),
             $"The page of the purchase says what you can do: buy less of it, {(e.ResetsAt is null ? "" : "wait, ")}ask for a higher limit, or ask an admin to approve it."]),
        ("purchase_refused", "purchase_awaiting_approval") => (
            $"{purchase} is declined: nothing was bought",
            ["An admin did not approve your purchase over your limit. Nothing was bought.", .. Because(e)]),
        ("purchase_refused", _) => (
            $"{purchase} is refused: nothing was bought",
            ["Your purchase could not go through. Nothing was bought.", .. Because(e)]),

        ("purchase_processing", _) => (
            $"{purchase} waits for a price: {Money(e.Hold)} held, {Left(e)}",
            [$"Something in it has no price yet. Until it has one, {Money(e.Hold)} of your limit is kept for this purchase; you will never pay more than that.",
             $"If no price comes by {Time(e.ExpiresAt)}, the purchase ends by itself and what was kept is yours again. You can cancel it before."]),
        ("purchase_awaiting_approval", _) => (
            $"{purchase} waits for an admin: over your {LimitWords.Name(e.RefusedBy)} by {Money(e.PurchaseOverBy)}",
            [$"You asked for a purchase over your limit. An admin will decide; nothing is bought or held until then.",
             // Not what the customer wrote: the store sends nobody's words to an address that nobody has confirmed.
             $"If nobody decides by {Time(e.ExpiresAt)}, it ends by itself."]),
        ("purchase_cancelled", _) => (
            $"{purchase} is cancelled: {Left(e)}",
            ["Your purchase is cancelled. Nothing was bought.", .. Released(e), .. Because(e)]),
        ("purchase_expired", _) => (
            $"{purchase} has ended: {Left(e)}",
            [e.PreviousKind == "purchase_processing"
                ? "No price came in time for what had none, so the purchase ended. Nothing was bought."
                : "No admin decided in time, so the purchase ended. Nothing was bought.",
             .. Released(e), .. Because(e)]),
        ("purchase_partly_refunded" or "purchase_refunded", _) => (
            $"{purchase} is {(e.Kind == "purchase_refunded" ? "refunded" : "partly refunded")}: {Money(e.Amount)}, {Left(e)}",
            [$"{Money(e.Amount)} of {purchase.ToLowerInvariant()} was refunded{(e.Kind == "purchase_refunded" ? "; that is all of it" : "")}.",
             e.Restored > 0 ? $"{Money(e.Restored)} no longer counts toward your limit." : "It still counts toward your limit: that is how this store is set.",
             .. Because(e)]),
        _ => throw new UnsendableMailException($"There is no mail of kind '{e.Kind}'."),
    };

    private static string[] Released(MailEvent e) => e.Hold > 0 ? [$"The {Money(e.Hold)} that was kept for it is yours again."] : [];

    private static MailFact Fact(MailLine line) => new(
        $"{line.Quantity.ToString(CultureInfo.InvariantCulture)} × {line.Name}",
        line.Total is { } total ? Money(total) : $"price on request, at most {Money(line.AtMost ?? 0)}");

    // A refund's amount is not the purchase's.
    private static string TotalOf(MailEvent e) =>
        IsRefund(e) ? Money(e.Lines.Sum(line => line.Total ?? 0))
        : e.Lines.Any(line => line.Total is null) ? $"at most {Money(e.Amount)}"
        : Money(e.Amount);

    private static IEnumerable<MailFact> Allowance(MailEvent e) =>
    [
        // Not what an approval raised it to for its own purchase: that is true for nothing else.
        new MailFact("Limit", LimitWords.Amount(e.Lifetime.LimitAmount)),
        new("Bought", Money(e.AmountAfter)),
        .. e.HeldAfter > 0 ? [new MailFact("Held", Money(e.HeldAfter))] : Array.Empty<MailFact>(),
        e.Lifetime.OverBy > 0 ? new("Over by", Money(e.Lifetime.OverBy)) : new("Left", LimitWords.Amount(e.Lifetime.LeftAmount)),
        .. e.Windows.SelectMany(OfWindow),
    ];

    // What counts in a window is in its ledger; here it is enough how much more does.
    private static IEnumerable<MailFact> OfWindow(AllowanceReading window) =>
    [
        new(LimitWords.Title(window.Window), Money(window.LimitAmount)),
        window.OverBy > 0
            ? new($"Over{LimitWords.During(window.Window)} by", Money(window.OverBy))
            : new($"Left{LimitWords.During(window.Window)}", Money(window.LeftAmount)),
        new($"{LimitWords.Title(window.Window)} resets", Time(window.ResetsAt)),
    ];

    private static bool IsRefund(MailEvent e) => e.Kind is "purchase_partly_refunded" or "purchase_refunded";

    // Of the limit that leaves least: what matters next.
    private static string Left(MailEvent e)
    {
        var limit = e.Limits.Tightest;
        return limit.OverBy > 0
            ? $"you are over your {LimitWords.Name(limit.Window)} by {Money(limit.OverBy)}"
            : limit.IsUnlimited ? "no limit" : LimitWords.Left(limit.LeftAmount, limit.Window);
    }
}
