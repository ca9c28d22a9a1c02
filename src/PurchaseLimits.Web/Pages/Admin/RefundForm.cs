using System.Globalization;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What the form at <c>/admin/purchases/{customerId}/{purchaseId}/refund</c> sends, as text.</summary>
public sealed record RefundForm
{
    public const string AllOfIt = "all";
    public const string ByLine = "lines";
    public const string ByAmount = "amount";

    private const string QuantityPrefix = "quantity-";

    /// <summary>The idempotency key, made when the page was rendered.</summary>
    public Guid RefundId { get; init; }

    /// <summary>What had been refunded when the page was rendered, in US dollars: two admins cannot refund unseen by each other.</summary>
    public decimal RefundedBefore { get; init; }

    /// <summary>Which of the three ways; null where none was chosen.</summary>
    public string? Way { get; init; }

    public string Amount { get; init; } = "";
    public string Reason { get; init; } = "";

    /// <summary>By product; empty or 0 where none of it comes back.</summary>
    public IReadOnlyDictionary<long, string> Quantities { get; init; } = new Dictionary<long, string>();

    /// <summary>The name of a line's field, and of the sentence about it.</summary>
    public static string QuantityField(long productId) => string.Create(CultureInfo.InvariantCulture, $"{QuantityPrefix}{productId}");

    /// <summary>A fresh form for a purchase as it is now.</summary>
    public static RefundForm For(AdminPurchaseReading purchase) => new()
    {
        RefundId = Guid.CreateVersion7(),
        RefundedBefore = purchase.Refunded,
    };

    /// <summary>Null where this is not what a page of ours sends: a hidden field damaged, a field twice, a line of another purchase.</summary>
    public static RefundForm? ReadOrNull(IFormCollection form, AdminPurchaseReading purchase)
    {
        if (form.Any(field => field.Value.Count > 1)
            || !Guid.TryParseExact(form["refundId"], "D", out var refundId)
            || !HiddenAmount.TryRead(form["refundedBefore"], out var refundedBefore) || refundedBefore > purchase.Total
            || form["way"] is not ([] or [AllOfIt or ByLine or ByAmount]))
            return null;

        var quantities = new Dictionary<long, string>();
        foreach (var (name, value) in form.Where(field => field.Key.StartsWith(QuantityPrefix, StringComparison.OrdinalIgnoreCase)))
        {
            if (!StrictInput.TryId(name[QuantityPrefix.Length..], out var productId)
                || purchase.Lines.All(line => line.ProductId != productId)
                || !quantities.TryAdd(productId, value.ToString().Trim()))
                return null;
        }

        return new RefundForm
        {
            RefundId = refundId,
            RefundedBefore = refundedBefore,
            Way = form["way"] is [{ } way] ? way : null,
            Amount = form["amount"].ToString().Trim(),
            Reason = form["reason"].ToString(),
            Quantities = quantities,
        };
    }

    /// <summary>What it asks for, with the sentences about what it does not say well: a field's name and what is wrong with it.</summary>
    public (decimal? Amount, IReadOnlyList<PurchaseRequestLine> Lines) Read(AdminPurchaseReading purchase, Action<string, string> complain)
    {
        var lines = new List<PurchaseRequestLine>();
        foreach (var (productId, text) in Quantities.Where(line => line.Value is not ("" or "0")))
        {
            if (StrictInput.TryQuantity(text, out var quantity))
                lines.Add(new PurchaseRequestLine(productId, quantity));
            else
                complain(QuantityField(productId), $"Write a whole number from 0 to {StrictInput.MaxQuantity}.");
        }

        if (Amount != "" && (!StrictInput.TryAmount(Amount, out var typed) || typed == 0))
            complain("amount", "Write an amount in dollars above zero, like 12 or 12.50.");

        switch (Way)
        {
            case AllOfIt when Amount != "" || lines.Count > 0:
            case ByLine when Amount != "":
            case ByAmount when lines.Count > 0:
                complain("way", "You chose one way, and also filled in a field of another. Choose again, or clear what you do not mean.");
                break;
            case AllOfIt:
                // Of a purchase of which nothing came back before it is known what does: reports say so of each product.
                return RefundedBefore == 0
                    ? (null, [.. purchase.Lines.Select(line => new PurchaseRequestLine(line.ProductId, (int)line.Quantity))])
                    : (purchase.Total - RefundedBefore, []);
            case ByLine when lines.Count == 0:
                complain("way", "Say how many come back of at least one product.");
                break;
            case ByAmount when Amount == "":
                complain("amount", "Write an amount in dollars above zero, like 12 or 12.50.");
                break;
            case null:
                complain("way", "Choose what is refunded.");
                break;
        }

        return Way == ByAmount && StrictInput.TryAmount(Amount, out var amount) ? (amount, []) : (null, lines);
    }
}
