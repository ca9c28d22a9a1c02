namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What the two forms send that approve or decline a purchase, as text. The model of the partial <c>_DecisionForms</c>.</summary>
public sealed record DecisionForm
{
    public long CustomerId { get; init; }
    public Guid PurchaseId { get; init; }
    public long PurchaseNumber { get; init; }

    /// <summary>Key of the raise, made when the page was rendered.</summary>
    public string? RaiseId { get; init; }

    /// <summary>What the page said the limit is raised by: nobody approves more than they read.</summary>
    public string? RaiseShown { get; init; }

    /// <summary>What an approving admin wrote; may be empty.</summary>
    public string? Note { get; init; }

    /// <summary>What a declining admin wrote.</summary>
    public string? Reason { get; init; }

    /// <summary>The limits that it does not fit now: those that approving it raises.</summary>
    public IReadOnlyList<NeededRaise> Raises { get; init; } = [];

    /// <summary><see cref="RaiseShown"/> as an amount of US dollars.</summary>
    public decimal RaiseBy => HiddenAmount.TryRead(RaiseShown, out var amount) ? amount : 0;

    public static DecisionForm For(AdminPurchaseReading purchase, IReadOnlyList<NeededRaise> raises) =>
        For(purchase.CustomerId, purchase.PurchaseId, purchase.PurchaseNumber, raises);

    public static DecisionForm For(long customerId, Guid purchaseId, long purchaseNumber, IReadOnlyList<NeededRaise> raises) => new()
    {
        CustomerId = customerId,
        PurchaseId = purchaseId,
        PurchaseNumber = purchaseNumber,
        RaiseId = Guid.CreateVersion7().ToString("D"),
        // The most of all of them, as approve_purchase compares it.
        RaiseShown = HiddenAmount.Text(raises.Select(raise => raise.RaiseBy).DefaultIfEmpty(0).Max()),
        Raises = raises,
    };

    /// <summary>What came back from a form of ours; null where it is none, or a field came twice.</summary>
    public static DecisionForm? ReadOrNull(IFormCollection form)
    {
        var sent = new DecisionForm
        {
            RaiseId = form["raiseId"] is [{ } raiseId] ? raiseId : null,
            RaiseShown = form["raiseShown"] is [{ } raiseShown] ? raiseShown : null,
            Note = form["note"] is [{ } note] ? note : null,
            Reason = form["reason"] is [{ } reason] ? reason : null,
        };
        return form["note"].Count <= 1 && form["reason"].Count <= 1
            && Guid.TryParseExact(sent.RaiseId, "D", out _)
            && HiddenAmount.TryRead(sent.RaiseShown, out _) ? sent : null;
    }
}
