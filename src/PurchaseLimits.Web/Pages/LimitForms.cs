using System.Globalization;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>What the form that lowers a limit at <c>/limit</c> sends, as text.</summary>
public sealed record LowerLimitForm
{
    /// <summary>The idempotency key, made when the page was rendered.</summary>
    public string? LimitChangeId { get; init; }

    public string? Window { get; init; }
    public string? LimitAfter { get; init; }

    /// <summary>What the page said that it means: a yes to one limit is none to another.</summary>
    public string? Confirmed { get; init; }

    /// <summary>A fresh one.</summary>
    public static LowerLimitForm For(LimitWindow window) => new() { LimitChangeId = NewId(), Window = window.SqlName() };

    public static string NewId() => Guid.CreateVersion7().ToString("D");

    public static string ConfirmationOf(LimitWindow window, decimal limitAfter) =>
        string.Create(CultureInfo.InvariantCulture, $"{window.SqlName()} {limitAfter:0.00}");
}

/// <summary>What the form that asks for a raise sends, as text.</summary>
public sealed record RaiseLimitForm
{
    /// <summary>The idempotency key, made when the page was rendered.</summary>
    public string? LimitRequestId { get; init; }

    public string? Window { get; init; }
    public string? LimitWanted { get; init; }

    /// <summary>The last day of it, in the store's zone; empty: for good.</summary>
    public string? Until { get; init; }

    public string? Note { get; init; }

    /// <summary>A fresh one.</summary>
    public static RaiseLimitForm For(LimitWindow window) => new() { LimitRequestId = LowerLimitForm.NewId(), Window = window.SqlName() };
}

/// <summary>The fields of both that nobody types.</summary>
public static class LimitFormFields
{
    public static bool TryWindow(string? text, out LimitWindow window)
    {
        foreach (var each in Enum.GetValues<LimitWindow>())
        {
            window = each;
            if (each.SqlName() == text)
                return true;
        }

        window = LimitWindow.Lifetime;
        return false;
    }

    /// <summary>As <see cref="StrictInput.TryAmount"/>, and no sentence of ours but this when it is none.</summary>
    public const string AmountHint = "Write an amount in US dollars, like 750 or 750.50.";
}
