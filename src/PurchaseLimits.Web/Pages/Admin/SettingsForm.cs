using System.Globalization;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What the form at <c>/admin/settings</c> sends, as text. Ticks are <c>true</c> or nothing.</summary>
public sealed record SettingsForm
{
    public const string Ticked = "true";

    /// <summary>Units in which a time is written, the largest first. Seconds are for times that somebody set with SQL.</summary>
    public static readonly IReadOnlyList<(string Name, TimeSpan Span)> Units =
        [("days", TimeSpan.FromDays(1)), ("hours", TimeSpan.FromHours(1)), ("minutes", TimeSpan.FromMinutes(1)), ("seconds", TimeSpan.FromSeconds(1))];

    /// <summary>Monday first, as SQL counts them from 1.</summary>
    public static readonly IReadOnlyList<string> Days = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

    /// <summary>The settings' version that the page showed.</summary>
    public string? Version { get; init; }
    public string? DefaultLimit { get; init; }
    public string? DefaultLimitNone { get; init; }
    public string? DefaultDayLimit { get; init; }
    public string? DefaultDayLimitNone { get; init; }
    public string? DefaultWeekLimit { get; init; }
    public string? DefaultWeekLimitNone { get; init; }
    public string? DefaultMonthLimit { get; init; }
    public string? DefaultMonthLimitNone { get; init; }
    public string? DefaultYearLimit { get; init; }
    public string? DefaultYearLimitNone { get; init; }
    public string? QuoteLife { get; init; }
    public string? QuoteLifeUnit { get; init; }
    public string? HoldLife { get; init; }
    public string? HoldLifeUnit { get; init; }
    public string? ApprovalLife { get; init; }
    public string? ApprovalLifeUnit { get; init; }
    public string? RaiseDelay { get; init; }
    public string? RaiseDelayUnit { get; init; }
    public string? DeferredConfirmation { get; init; }
    public string? RefundRestoresAllowance { get; init; }
    public string? SecondAdminAbove { get; init; }
    public string? SecondAdminAboveNone { get; init; }
    public string? WeekStartsOn { get; init; }
    public string? TimeZone { get; init; }
    public string? NoticePercents { get; init; }
    public string? Reason { get; init; }

    /// <summary>The form as it is shown for these settings.</summary>
    public static SettingsForm For(StoreSettings settings, long version, string? reason = null) => new()
    {
        Version = version.ToString(CultureInfo.InvariantCulture),
        DefaultLimit = Amount(settings.DefaultLimit),
        DefaultLimitNone = None(settings.DefaultLimit),
        DefaultDayLimit = Amount(settings.DefaultDayLimit),
        DefaultDayLimitNone = None(settings.DefaultDayLimit),
        DefaultWeekLimit = Amount(settings.DefaultWeekLimit),
        DefaultWeekLimitNone = None(settings.DefaultWeekLimit),
        DefaultMonthLimit = Amount(settings.DefaultMonthLimit),
        DefaultMonthLimitNone = None(settings.DefaultMonthLimit),
        DefaultYearLimit = Amount(settings.DefaultYearLimit),
        DefaultYearLimitNone = None(settings.DefaultYearLimit),
        QuoteLife = Number(settings.QuoteLife),
        QuoteLifeUnit = Unit(settings.QuoteLife).Name,
        HoldLife = Number(settings.HoldLife),
        HoldLifeUnit = Unit(settings.HoldLife).Name,
        ApprovalLife = Number(settings.ApprovalLife),
        ApprovalLifeUnit = Unit(settings.ApprovalLife).Name,
        RaiseDelay = Number(settings.RaiseDelay),
        RaiseDelayUnit = Unit(settings.RaiseDelay).Name,
        DeferredConfirmation = settings.DeferredConfirmation ? Ticked : null,
        RefundRestoresAllowance = settings.RefundRestoresAllowance ? Ticked : null,
        SecondAdminAbove = Amount(settings.SecondAdminAbove),
        SecondAdminAboveNone = None(settings.SecondAdminAbove),
        WeekStartsOn = settings.WeekStartsOn.ToString(CultureInfo.InvariantCulture),
        TimeZone = settings.TimeZone,
        NoticePercents = string.Join(", ", settings.NoticePercents),
        Reason = reason,
    };

    /// <summary>Every field under its name, for a form that nobody types into.</summary>
    public IEnumerable<(string Name, string Value)> Hidden() => typeof(SettingsForm).GetProperties()
        .Where(property => property.PropertyType == typeof(string))
        .Select(property => (char.ToLowerInvariant(property.Name[0]) + property.Name[1..], (string?)property.GetValue(this)))
        .Where(field => field.Item2 is not null)
        .Select(field => (field.Item1, field.Item2!));

    /// <summary>Null where something is wrong; <paramref name="errors"/> says what. Whether the zone exists is the database's to say.</summary>
    public StoreSettings? ReadOrNull(ModelStateDictionary errors)
    {
        var settings = new StoreSettings
        {
            DefaultLimit = ReadLimit("defaultLimit", DefaultLimit, DefaultLimitNone),
            DefaultDayLimit = ReadLimit("defaultDayLimit", DefaultDayLimit, DefaultDayLimitNone),
            DefaultWeekLimit = ReadLimit("defaultWeekLimit", DefaultWeekLimit, DefaultWeekLimitNone),
            DefaultMonthLimit = ReadLimit("defaultMonthLimit", DefaultMonthLimit, DefaultMonthLimitNone),
            DefaultYearLimit = ReadLimit("defaultYearLimit", DefaultYearLimit, DefaultYearLimitNone),
            QuoteLife = ReadTime("quoteLife", QuoteLife, QuoteLifeUnit, TimeSpan.FromSeconds(1), TimeSpan.FromDays(1)),
            HoldLife = ReadTime("holdLife", HoldLife, HoldLifeUnit, TimeSpan.FromSeconds(1), TimeSpan.FromDays(92)),
            ApprovalLife = ReadTime("approvalLife", ApprovalLife, ApprovalLifeUnit, TimeSpan.FromSeconds(1), TimeSpan.FromDays(92)),
            RaiseDelay = ReadTime("raiseDelay", RaiseDelay, RaiseDelayUnit, TimeSpan.Zero, TimeSpan.FromDays(92)),
            DeferredConfirmation = DeferredConfirmation == Ticked,
            RefundRestoresAllowance = RefundRestoresAllowance == Ticked,
            SecondAdminAbove = ReadLimit("secondAdminAbove", SecondAdminAbove, SecondAdminAboveNone),
            WeekStartsOn = StrictInput.TryId(WeekStartsOn, out var day) && day <= Days.Count ? day : Wrong("weekStartsOn", "Choose a day of the week.", 0L),
            TimeZone = TimeZone is { Length: >= 1 and <= 64 } && TimeZone.All(c => char.IsAscii(c) && !char.IsControl(c))
                ? TimeZone : Wrong("timeZone", "Choose a time zone of the list.", ""),
            NoticePercents = ReadPercents(),
        };
        return errors.IsValid ? settings : null;

        T Wrong<T>(string field, string sentence, T nothing)
        {
            errors.AddModelError(field, sentence);
            return nothing;
        }

        decimal ReadLimit(string field, string? amount, string? none)
        {
            // The tick says so, whatever is in the field beside it: a browser leaves there what was there.
            if (none == Ticked)
                return Limit.None;
            return StrictInput.TryAmount(amount, out var value) ? value : Wrong(field, "Write an amount in dollars, like 750 or 750.50, or tick the box.", 0m);
        }

        TimeSpan ReadTime(string field, string? number, string? unit, TimeSpan least, TimeSpan most)
        {
            var span = Units.FirstOrDefault(candidate => candidate.Name == unit).Span;
            if (span != TimeSpan.Zero && number is { Length: >= 1 and <= 7 } && number.All(char.IsAsciiDigit))
            {
                var time = span * int.Parse(number, CultureInfo.InvariantCulture);
                if (time >= least && time <= most)
                    return time;
            }

            return Wrong(field, $"Write a whole number: {SettingWords.Time(least)} at least, {SettingWords.Time(most)} at most.", TimeSpan.Zero);
        }

        long[] ReadPercents()
        {
            var texts = (NoticePercents ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            var percents = texts.Select(text => StrictInput.TryId(text, out var percent) ? percent : 0).Distinct().Order().ToArray();
            return percents.Length <= 5 && percents.All(percent => percent is >= 50 and <= 100)
                ? percents
                : Wrong<long[]>("noticePercents", "Write up to five whole numbers from 50 to 100, like 80, 100.", []);
        }
    }

    private static string Amount(decimal limit) => limit == Limit.None ? "" : HiddenAmount.Text(limit);

    private static string? None(decimal limit) => limit == Limit.None ? Ticked : null;

    private static (string Name, TimeSpan Span) Unit(TimeSpan time) =>
        time == TimeSpan.Zero ? Units[0] : Units.FirstOrDefault(unit => time.Ticks % unit.Span.Ticks == 0, Units[^1]);

    private static string Number(TimeSpan time) => (time.Ticks / Unit(time).Span.Ticks).ToString(CultureInfo.InvariantCulture);
}
