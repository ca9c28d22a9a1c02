using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// Reads what people type into forms, strictly. Model binding would read 0x10 as 16 and 1,5 as 15 (facts 32), so pages
/// bind text and ask here.
/// </summary>
public static partial class StrictInput
{
    public const int MaxQuantity = 99;

    /// <summary>US dollars a unit.</summary>
    public const decimal MaxAtMost = 1_000_000;

    /// <summary>ASCII digits, 1 to 99.</summary>
    public static bool TryQuantity(string? text, out int quantity)
    {
        quantity = 0;
        return text is { Length: 1 or 2 } && text.All(char.IsAsciiDigit)
            && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out quantity) && quantity >= 1;
    }

    /// <summary>US dollars: up to eight digits, at most two decimals, no sign, no separators.</summary>
    public static bool TryAmount(string? text, out decimal amount)
    {
        amount = 0;
        return text is not null && AmountPattern().IsMatch(text)
            && decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out amount);
    }

    /// <summary>What a customer is ready to pay a unit of what has no price: an amount above zero, up to a million.</summary>
    public static bool TryAtMost(string? text, out decimal atMost) =>
        TryAmount(text, out atMost) && atMost is > 0 and <= MaxAtMost;

    /// <summary>An id: ASCII digits, above zero.</summary>
    public static bool TryId(string? text, out long id)
    {
        id = 0;
        return text is { Length: >= 1 and <= 18 } && text.All(char.IsAsciiDigit)
            && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out id) && id > 0;
    }

    /// <summary>
    /// What people write about themselves or their reasons: trimmed, at least one character that can be seen, no control
    /// characters but line breaks, and those only where <paramref name="lineBreaks"/> says so. Length in code points, as
    /// PostgreSQL counts it. NFC is PostgreSQL's to make: .NET has no tables for it under InvariantGlobalization, where
    /// <c>Normalize()</c> returns what it was given.
    /// </summary>
    public static bool TryText(string? text, int maxLength, bool lineBreaks, out string value)
    {
        value = (text ?? "").ReplaceLineEndings("\n").Trim();
        return value.EnumerateRunes().Count() <= maxLength
            && !value.Any(c => char.IsControl(c) && !(lineBreaks && c == '\n'))
            && value.EnumerateRunes().Any(rune => Rune.GetUnicodeCategory(rune)
                is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.SpaceSeparator
                    or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
                    or UnicodeCategory.NonSpacingMark));
    }

    /// <summary>A moment as pages write it into hidden fields: UTC with microseconds, as <see cref="Moment"/> writes it.</summary>
    public static bool TryMoment(string? text, out DateTimeOffset moment) =>
        DateTimeOffset.TryParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal, out moment);

    /// <summary>The text that <see cref="TryMoment"/> reads back to the same microsecond.</summary>
    public static string Moment(DateTimeOffset moment) =>
        moment.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^[0-9]{1,8}(\.[0-9]{1,2})?\z")]
    private static partial Regex AmountPattern();
}
