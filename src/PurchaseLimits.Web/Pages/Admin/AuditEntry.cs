using System.Globalization;
using System.Text.Json;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>One thing that an admin did: a row of <c>store.audit_entry</c>.</summary>
public sealed record AuditEntry
{
    public DateTimeOffset HappenedAt { get; init; }

    /// <summary>Tells apart what happened at one moment.</summary>
    public string EntryKey { get; init; } = "";
    public string Actor { get; init; } = "";
    public string Kind { get; init; } = "";
    public long? CustomerId { get; init; }
    public Guid? PurchaseId { get; init; }

    /// <summary>The purchase's number for people.</summary>
    public long? PurchaseNumber { get; init; }
    public long? ProductId { get; init; }

    /// <summary>Which limit, which setting, which file.</summary>
    public string? Detail { get; init; }
    public string? OldValue { get; init; }
    public string? NewValue { get; init; }

    /// <summary>From when to when it holds, where that is not at once and for good.</summary>
    public DateTimeOffset? ValidFrom { get; init; }
    public DateTimeOffset? ValidTo { get; init; }
    public string Reason { get; init; } = "";

    /// <summary>The customer's name or the product's.</summary>
    public string? Name { get; init; }

    /// <summary>What was done.</summary>
    public string Words => Kind switch
    {
        "limit_changed" => "Changed a limit",
        "limit_change_scheduled" => "Changed a limit from a date",
        "limit_change_ended" => "Ended a change of a limit",
        "limit_raise_requested" => "Asked for a raise",
        "limit_raise_proposed" => "Proposed a raise to a second admin",
        "limit_raise_denied" => "Denied a raise",
        "limit_raise_cancelled" => "Took back a raise they had asked for",
        "limit_raised_for_one_purchase" => "Raised a limit for one purchase",
        "limit_changed_by_file" => "Changed a limit by a file",
        "limit_import" => "Brought a file of limits into force",
        "purchase_confirmed" => "Approved a purchase",
        "purchase_refused" => "Declined a purchase",
        "purchase_cancelled" => "Cancelled a purchase",
        "purchase_partly_refunded" => "Refunded a part of a purchase",
        "purchase_refunded" => "Refunded a purchase",
        "product_created" => "Created a product",
        "product_changed" => "Changed a product",
        "product_withdrawn" => "Withdrew a product",
        "product_restored" => "Brought a product back",
        "price_set" => "Set a price",
        "price_taken_back" => "Took back a future price",
        "price_replaced" => "Replaced a future price",
        "price_import_confirmed" => "Confirmed a file of prices",
        "price_import_cancelled" => "Cancelled a file of prices",
        "customer_released" => "Released a frozen customer",
        "setting_changed" => "Changed a setting",
        "setting_change_proposed" => "Proposed a setting to a second admin",
        "setting_right_granted" => "Gave a right",
        "setting_right_taken" => "Took a right away",
        "account_two_factor_on" => "Turned two-factor sign-in on, or used another app",
        "account_two_factor_off" => "Turned two-factor sign-in off",
        "account_recovery_codes_renewed" => "Made new recovery codes",
        "account_recovery_code_used" => "Signed in with a recovery code",
        "account_new_sign_in" => "Signed in with a new browser",
        // A kind that came with a later version: better its name than nothing.
        _ => Kind.Replace('_', ' '),
    };

    /// <summary>Which limit, setting, right or file; null where the words say all.</summary>
    public string? DetailWords => (Kind, Detail) switch
    {
        (_, null) => null,
        ("setting_changed" or "setting_change_proposed", { } name) => SettingWords.Label(name),
        ("setting_right_granted" or "setting_right_taken", "no_limit") => "the right to “no limit”",
        ("price_import_confirmed" or "price_import_cancelled", { } file) => file[37..],
        (_, "lifetime") => "in all",
        (_, "day" or "week" or "month" or "year") => $"a {Detail}",
        _ => Detail,
    };

    /// <summary>The import behind a file of prices; null for all else.</summary>
    public string? PriceImportId => Kind.StartsWith("price_import_", StringComparison.Ordinal) ? Detail?[..36] : null;

    public string Old => Value(OldValue);

    public string New => Value(NewValue);

    private string Value(string? value) => Kind switch
    {
        _ when value is null => "",
        "setting_changed" or "setting_change_proposed" => SettingWords.Value(Detail!, value),
        "setting_right_granted" or "setting_right_taken" or "customer_released" => value,
        _ when Kind.StartsWith("account_", StringComparison.Ordinal) => value,
        "price_import_confirmed" or "price_import_cancelled" => $"{value} {(value == "1" ? "row" : "rows")}",
        "price_taken_back" or "price_replaced" => Fields(value),
        _ when Kind.StartsWith("product_", StringComparison.Ordinal) => Fields(value),
        _ => decimal.Parse(value, CultureInfo.InvariantCulture) is var amount && amount == Limit.None ? "no limit" : Display.Money(amount),
    };

    // What changed about a product, as people read it: product_change keeps nothing else.
    private static string Fields(string json) => string.Join("; ",
        (JsonSerializer.Deserialize<Dictionary<string, string>>(json) ?? []).Select(field => (field.Key, field.Value) switch
        {
            ("price", { } price) => Display.Money(decimal.Parse(price, CultureInfo.InvariantCulture)),
            ("from", { } from) when DateTimeOffset.TryParse(from, CultureInfo.InvariantCulture, out var moment) =>
                $"from {moment.UtcDateTime.ToString("d MMM yyyy, HH:mm:ss 'UTC'", CultureInfo.InvariantCulture)}",
            (var name, { } text) => $"{name}: {text}",
        }));
}
