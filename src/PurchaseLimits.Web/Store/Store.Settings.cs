namespace PurchaseLimits.Web;

/// <summary>What admins do to the store's settings.</summary>
public sealed partial class Store
{
    /// <summary>Changes settings, or proposes to a second admin what loosens a rule that takes two.</summary>
    public Task<SettingsChangeReply> ChangeSettingsAsync(SettingsChangeRequest request)
    {
        var settings = request.Settings;
        return CallAsync(
            dataSources.AdminMoney,
            """
            SELECT replace(outcome, '_', '') AS outcome, version_now
            FROM store.change_settings(@Version, @DefaultLimit, @DefaultDayLimit, @DefaultWeekLimit, @DefaultMonthLimit,
                                       @DefaultYearLimit, @QuoteLife, @HoldLife, @ApprovalLife, @RaiseDelay, @DeferredConfirmation,
                                       @RefundRestoresAllowance, @SecondAdminAbove, @WeekStartsOn, @TimeZone, @NoticePercents,
                                       @Reason, @Actor)
            """,
            new
            {
                request.Version,
                settings.DefaultLimit,
                settings.DefaultDayLimit,
                settings.DefaultWeekLimit,
                settings.DefaultMonthLimit,
                settings.DefaultYearLimit,
                settings.QuoteLife,
                settings.HoldLife,
                settings.ApprovalLife,
                settings.RaiseDelay,
                settings.DeferredConfirmation,
                settings.RefundRestoresAllowance,
                settings.SecondAdminAbove,
                settings.WeekStartsOn,
                settings.TimeZone,
                settings.NoticePercents,
                request.Reason,
                request.Actor,
            },
            rolledBack: new SettingsChangeReply { Outcome = SettingsChangeOutcome.Busy },
            inDoubt: new SettingsChangeReply { Outcome = SettingsChangeOutcome.InDoubt });
    }
}
