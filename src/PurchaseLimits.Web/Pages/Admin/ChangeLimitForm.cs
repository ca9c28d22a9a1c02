using System.Globalization;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What the forms at <c>/admin/customers/{id}/limit</c> send, as text.</summary>
public sealed record ChangeLimitForm
{
    /// <summary>What a box sends that is ticked.</summary>
    public const string Ticked = "yes";

    /// <summary>The idempotency key, made when the page was rendered.</summary>
    public string? LimitChangeId { get; init; }

    /// <summary>The last event about this customer's limits that the page was made from.</summary>
    public string? LimitSequenceNumber { get; init; }

    public string? Window { get; init; }
    public string? LimitAfter { get; init; }

    /// <summary>Instead of an amount.</summary>
    public string? NoLimit { get; init; }

    /// <summary>In the store's zone; empty: at once.</summary>
    public string? From { get; init; }

    /// <summary>In the store's zone, the last day or the moment; empty: for good.</summary>
    public string? Until { get; init; }

    public string? Reason { get; init; }

    /// <summary>The new limit whose effect was ticked as understood: a tick for one amount is none for another.</summary>
    public string? Understood { get; init; }

    /// <summary>A fresh form for limits as they are now.</summary>
    public static ChangeLimitForm For(long limitSequenceNumber, LimitWindow window) => new()
    {
        LimitChangeId = NewKey(),
        LimitSequenceNumber = Text(limitSequenceNumber),
        Window = window.SqlName(),
    };

    /// <summary>What came back from a form of ours; null where it is none, or a field came twice.</summary>
    public static ChangeLimitForm? ReadOrNull(IFormCollection form)
    {
        if (form.Any(field => field.Value.Count > 1))
            return null;

        var sent = new ChangeLimitForm
        {
            LimitChangeId = form["limitChangeId"],
            LimitSequenceNumber = form["limitSequenceNumber"],
            Window = form["window"],
            LimitAfter = form["limitAfter"],
            NoLimit = form["noLimit"],
            From = form["from"],
            Until = form["until"],
            Reason = form["reason"],
            Understood = form["understood"],
        };
        return Guid.TryParseExact(sent.LimitChangeId, "D", out _)
            && StrictInput.TryId(sent.LimitSequenceNumber, out _)
            && LimitWords.TryWindow(sent.Window, out _)
            && sent is { LimitAfter: not null, From: not null, Until: not null, Reason: not null, NoLimit: null or "" or Ticked } ? sent : null;
    }

    public bool IsNoLimit => NoLimit == Ticked;

    public bool IsUnderstood(decimal limitAfter) => Understood == HiddenAmount.Text(limitAfter);

    public static string NewKey() => Guid.CreateVersion7().ToString("D");

    public static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
