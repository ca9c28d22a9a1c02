using System.Globalization;
using System.Text.Json;
using System.Xml;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What settings are called and how their values look, on the settings' own page and in the audit.</summary>
public static class SettingWords
{
    /// <summary>In the order of the page, by the column of <c>store.store_setting</c>.</summary>
    public static readonly IReadOnlyList<(string Name, string Label)> Labels =
    [
        ("default_limit", "Limit of new customers, in all"),
        ("default_day_limit", "Limit of new customers, a day"),
        ("default_week_limit", "Limit of new customers, a week"),
        ("default_month_limit", "Limit of new customers, a month"),
        ("default_year_limit", "Limit of new customers, a year"),
        ("second_admin_above", "Second admin above"),
        ("raise_delay", "Raises begin after"),
        ("refund_restores_allowance", "Refunds give the allowance back"),
        ("notice_percents", "Notices at"),
        ("quote_life", "Prices shown are kept for"),
        ("hold_life", "Purchases wait for a price for"),
        ("approval_life", "Purchases wait for approval for"),
        ("deferred_confirmation", "Confirm purchases later"),
        ("time_zone", "Time zone"),
        ("week_starts_on", "Weeks begin on"),
    ];

    /// <summary>The column's own name where it came with a later version.</summary>
    public static string Label(string name) => Labels.FirstOrDefault(label => label.Name == name).Label ?? name.Replace('_', ' ');

    /// <summary>A value as <c>store.setting_change</c> keeps it: JSON, times as ISO 8601 durations.</summary>
    public static string Value(string name, string json)
    {
        using var document = JsonDocument.Parse(json);
        var value = document.RootElement;
        return (name, value.ValueKind) switch
        {
            ("second_admin_above", JsonValueKind.Number) => Amount(value.GetDecimal(), "never"),
            ("week_starts_on", JsonValueKind.Number) => Day(value.GetInt64()),
            (_, JsonValueKind.Number) => Amount(value.GetDecimal(), "no limit"),
            (_, JsonValueKind.True) => "yes",
            (_, JsonValueKind.False) => "no",
            ("notice_percents", JsonValueKind.Array) => Percents([.. value.EnumerateArray().Select(percent => percent.GetInt64())]),
            ("quote_life" or "hold_life" or "approval_life" or "raise_delay", JsonValueKind.String) => Time(XmlConvert.ToTimeSpan(value.GetString()!)),
            _ => value.ToString(),
        };
    }

    /// <summary>What is different, in the order of the page.</summary>
    public static IReadOnlyList<(string Label, string Old, string New)> Differences(StoreSettings before, StoreSettings after) =>
        [.. Labels.Select(label => (label.Label, Old: Value(label.Name, before), New: Value(label.Name, after))).Where(field => field.Old != field.New)];

    /// <summary>3 days; 1 day 12 hours; 0 minutes.</summary>
    public static string Time(TimeSpan time)
    {
        var parts = new (int Count, string Unit)[] { (time.Days, "day"), (time.Hours, "hour"), (time.Minutes, "minute"), (time.Seconds, "second") }
            .Where(part => part.Count > 0)
            .Select(part => $"{part.Count.ToString(CultureInfo.InvariantCulture)} {part.Unit}{(part.Count == 1 ? "" : "s")}");
        var text = string.Join(" ", parts);
        return text == "" ? "0 minutes" : text;
    }

    private static string Value(string name, StoreSettings settings) => name switch
    {
        "default_limit" => Amount(settings.DefaultLimit, "no limit"),
        "default_day_limit" => Amount(settings.DefaultDayLimit, "no limit"),
        "default_week_limit" => Amount(settings.DefaultWeekLimit, "no limit"),
        "default_month_limit" => Amount(settings.DefaultMonthLimit, "no limit"),
        "default_year_limit" => Amount(settings.DefaultYearLimit, "no limit"),
        "second_admin_above" => Amount(settings.SecondAdminAbove, "never"),
        "raise_delay" => Time(settings.RaiseDelay),
        "refund_restores_allowance" => YesNo(settings.RefundRestoresAllowance),
        "notice_percents" => Percents(settings.NoticePercents),
        "quote_life" => Time(settings.QuoteLife),
        "hold_life" => Time(settings.HoldLife),
        "approval_life" => Time(settings.ApprovalLife),
        "deferred_confirmation" => YesNo(settings.DeferredConfirmation),
        "time_zone" => settings.TimeZone,
        "week_starts_on" => Day(settings.WeekStartsOn),
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static string Amount(decimal amount, string none) => amount == Limit.None ? none : Display.Money(amount);

    private static string YesNo(bool value) => value ? "yes" : "no";

    private static string Day(long day) => day >= 1 && day <= SettingsForm.Days.Count ? SettingsForm.Days[(int)day - 1] : day.ToString(CultureInfo.InvariantCulture);

    private static string Percents(long[] percents) =>
        percents.Length == 0 ? "none" : string.Join(", ", percents.Select(percent => $"{percent.ToString(CultureInfo.InvariantCulture)} %"));
}
