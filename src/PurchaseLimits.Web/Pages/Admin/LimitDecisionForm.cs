namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What the forms send that approve or deny a raise, or take it back, as text.</summary>
public sealed record LimitDecisionForm
{
    /// <summary>Key of the change that it becomes, made when the page was rendered.</summary>
    public string? LimitChangeId { get; init; }

    public string? LimitAfter { get; init; }

    /// <summary>Instead of an amount.</summary>
    public string? NoLimit { get; init; }

    /// <summary>In the store's zone, the last day or the moment; empty: for good.</summary>
    public string? Until { get; init; }

    /// <summary>What an approving admin wrote; may be empty.</summary>
    public string? Note { get; init; }

    /// <summary>What a denying admin wrote.</summary>
    public string? Reason { get; init; }

    public bool IsNoLimit => NoLimit == ChangeLimitForm.Ticked;

    public static LimitDecisionForm For(LimitRequestRow request) => new()
    {
        LimitChangeId = ChangeLimitForm.NewKey(),
        LimitAfter = request.Offered == Limit.None ? "" : HiddenAmount.Text(request.Offered),
        NoLimit = request.Offered == Limit.None ? ChangeLimitForm.Ticked : null,
        Until = request.OfferedToText,
    };

    /// <summary>What came back from a form of ours; null where it is none, or a field came twice.</summary>
    public static LimitDecisionForm? ReadOrNull(IFormCollection form)
    {
        if (form.Any(field => field.Value.Count > 1))
            return null;

        var sent = new LimitDecisionForm
        {
            LimitChangeId = form["limitChangeId"],
            LimitAfter = form["limitAfter"],
            NoLimit = form["noLimit"],
            Until = form["until"],
            Note = form["note"],
            Reason = form["reason"],
        };
        return Guid.TryParseExact(sent.LimitChangeId, "D", out _)
            && sent.NoLimit is null or "" or ChangeLimitForm.Ticked ? sent : null;
    }

    /// <summary>All fields came that the form to approve has: an end that is missing is not one that was left empty.</summary>
    public bool MayApprove => this is { LimitAfter: not null, Until: not null };
}
