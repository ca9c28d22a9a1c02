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

    /// <summary><see cref="RaiseShown"/> as an amount of US dollars.</summary>
    public decimal RaiseBy => HiddenAmount.TryRead(RaiseShown, out var amount) ? amount : 0;

    public static DecisionForm For(AdminPurchaseReading purchase, AllowanceReading allowance) =>
        For(purchase.CustomerId, purchase.PurchaseId, purchase.PurchaseNumber,
            Math.Max(0, allowance.Amount + allowance.Held + purchase.Total - allowance.LimitAmount));

    public static DecisionForm For(long customerId, Guid purchaseId, long purchaseNumber, decimal raiseBy) => new()
    {
        CustomerId = customerId,
        PurchaseId = purchaseId,
        PurchaseNumber = purchaseNumber,
        RaiseId = Guid.CreateVersion7().ToString("D"),
        RaiseShown = HiddenAmount.Text(raiseBy),
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
