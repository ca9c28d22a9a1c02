using System.Globalization;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What the form at <c>/admin/customers/{id}/limit</c> sends, as text.</summary>
public sealed record ChangeLimitForm
{
    /// <summary>The idempotency key, made when the page was rendered.</summary>
    public string? LimitChangeId { get; init; }

    /// <summary>The limit the page showed.</summary>
    public string? LimitBefore { get; init; }

    /// <summary>The last event about this customer's limits that the page was made from.</summary>
    public string? LimitSequenceNumber { get; init; }

    public string? LimitAfter { get; init; }
    public string? Reason { get; init; }

    /// <summary>The new limit whose effect was ticked as understood: a tick for one amount is none for another.</summary>
    public string? Understood { get; init; }

    /// <summary>A fresh form for a limit that is in force now.</summary>
    public static ChangeLimitForm For(decimal limitBefore, long limitSequenceNumber) => new()
    {
        LimitChangeId = Guid.CreateVersion7().ToString("D"),
        LimitBefore = Text(limitBefore),
        LimitSequenceNumber = limitSequenceNumber.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The fields nobody types; false when they are not what a page of ours wrote.</summary>
    public bool TryReadHidden(out Guid limitChangeId, out decimal limitBefore, out long limitSequenceNumber)
    {
        limitBefore = 0;
        limitSequenceNumber = 0;
        return Guid.TryParseExact(LimitChangeId, "D", out limitChangeId)
            && StrictInput.TryAmount(LimitBefore, out limitBefore)
            && StrictInput.TryId(LimitSequenceNumber, out limitSequenceNumber);
    }

    public bool IsUnderstood(decimal limitAfter) => Understood == Text(limitAfter);

    /// <summary>As <see cref="StrictInput.TryAmount"/> reads it: 500.00.</summary>
    public static string Text(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);
}
