using Microsoft.AspNetCore.Mvc;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>
/// What a checkout's form sends, as text. Neither a price nor a customer is in it: the total is only what the page said,
/// above which nothing is charged. Every field may come twice, and then it means nothing.
/// </summary>
public sealed record OrderInput
{
    public const int MaxLines = 100;

    [FromForm(Name = "purchase_id")]
    public string[]? PurchaseId { get; init; }

    [FromForm(Name = "priced_at")]
    public string[]? PricedAt { get; init; }

    [FromForm(Name = "shown_total")]
    public string[]? ShownTotal { get; init; }

    [FromForm(Name = "lines")]
    public List<LineInput>? Lines { get; init; }

    public sealed record LineInput
    {
        [FromForm(Name = "product_id")]
        public string[]? ProductId { get; init; }

        [FromForm(Name = "quantity")]
        public string[]? Quantity { get; init; }

        /// <summary>Absent where the page showed a price.</summary>
        [FromForm(Name = "at_most")]
        public string[]? AtMost { get; init; }
    }

    /// <summary>The 7 of lines[7].quantity.</summary>
    private static string? LineNumberOf(string field) =>
        field.StartsWith("lines[", StringComparison.OrdinalIgnoreCase) ? field[..(field.IndexOf(']', StringComparison.Ordinal) + 1)] : null;

    /// <summary>Null where the form is not what a checkout page of ours sends.</summary>
    /// <param name="customerId">Who buys.</param>
    /// <param name="fields">The names of all fields that came: binding stops at a gap and would drop what is behind it.</param>
    public PurchaseRequest? ToRequestOrNull(long customerId, IEnumerable<string> fields)
    {
        if (PurchaseId is not [{ } key] || !Guid.TryParseExact(key, "D", out var purchaseId)
            || PricedAt is not [{ } moment] || !StrictInput.TryMoment(moment, out var pricedAt)
            || ShownTotal is not [{ } total] || !StrictInput.TryAmount(total, out var shownTotal)
            || Lines is not { Count: >= 1 and <= MaxLines }
            || fields.Select(LineNumberOf).OfType<string>().Distinct().Count() != Lines.Count)
        {
            return null;
        }

        var entries = new Dictionary<long, CartEntry>();
        foreach (var line in Lines)
        {
            var atMost = 0m;
            if (line is not { ProductId: [{ } product], Quantity: [{ } amount] }
                || !StrictInput.TryId(product, out var productId)
                || !StrictInput.TryQuantity(amount, out var quantity)
                || !(line.AtMost is null || (line.AtMost is [{ } most] && StrictInput.TryAtMost(most, out atMost)))
                || !entries.TryAdd(productId, new CartEntry(quantity, line.AtMost is null ? null : atMost)))
            {
                return null;
            }
        }

        return new PurchaseRequest(customerId, purchaseId, pricedAt, shownTotal,
            [.. entries.Select(line => new PurchaseRequestLine(line.Key, line.Value.Quantity, line.Value.AtMost))]);
    }
}
