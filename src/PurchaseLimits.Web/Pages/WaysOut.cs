namespace PurchaseLimits.Web.Pages;

/// <summary>
/// What a customer can do about a purchase as it is now: the model of the partial <c>_WaysOut</c>. Whether it fits is
/// reckoned with what is left at this moment, at the prices that the purchase had.
/// </summary>
public sealed record WaysOut(PurchaseReading Purchase)
{
    /// <summary>What was typed for an admin and could not be taken.</summary>
    public string Note { get; init; } = "";

    /// <summary>As when the same cart was sent from two windows, and the other one was quicker.</summary>
    public bool CartWasSentTwice { get; init; }

    /// <summary>Refused, and for nothing but the limit; also where an admin did not approve it then, or not in time.</summary>
    public bool IsOverLimit => Purchase.Status is "refused" or "expired" && Purchase.Events.Any(happened => happened.IsOverLimit);

    /// <summary>The limit that would refuse it now; null where it would fit.</summary>
    public AllowanceReading? Refuser => Purchase.Allowance.RefuserOf(Purchase.Total);

    /// <summary>By how much it would pass that limit; zero where it would fit.</summary>
    public decimal OverBy => Refuser?.OverByWith(Purchase.Total) ?? 0;

    /// <summary>What would have to be left besides. Who is over the limit already has nothing left, not less.</summary>
    public decimal MoreThanLeft => Math.Min(OverBy, Purchase.Total);

    /// <summary>The limit to speak of: what refuses it, or else leaves least.</summary>
    public AllowanceReading Limit => Refuser ?? Purchase.Allowance.Tightest;

    public Suggestion? Suggestion => IsOverLimit && OverBy > 0
        ? Web.Pages.Suggestion.OrNull([.. Purchase.Lines.Select(line => line.Priced)], Purchase.Allowance.TooMuch(Purchase.Total))
        : null;

    /// <summary>When it would fit by waiting alone; null where waiting does not help.</summary>
    public DateTimeOffset? FitsFrom => IsOverLimit && OverBy > 0 ? Purchase.FitsFrom : null;

    public bool CanOrderAgain => Purchase.Status is "refused" or "cancelled" or "expired";

    /// <summary>Over the limit is a question, asked once, about a sum that is known.</summary>
    public bool CanAskApproval => IsOverLimit && OverBy > 0 && !Purchase.HasMissingPrice && !IsFrozen
        && !Purchase.Events.Any(happened => happened.Kind == "purchase_awaiting_approval");

    public bool CanCancel => Purchase.IsWaiting && !IsFrozen;

    // No event of theirs is written until somebody has looked; every page's header says so.
    private bool IsFrozen => Purchase.Allowance.IsFrozen;

    public bool Any => CanOrderAgain || CanCancel;
}
