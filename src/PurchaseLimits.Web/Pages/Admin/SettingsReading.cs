using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>The settings now, and what is proposed about them.</summary>
/// <param name="Version">Counts the changes.</param>
/// <param name="Settings">What is in force.</param>
public sealed record SettingsReading(long Version, StoreSettings Settings)
{
    /// <summary>What one admin wants and another has to want too.</summary>
    public sealed record Proposal(string Actor, string Reason, DateTimeOffset OccurredAt, StoreSettings Wanted);

    public sealed record Who(string Actor, DateTimeOffset OccurredAt, string Reason);

    public static async Task<SettingsReading> ReadAsync(StoreDataSources dataSources)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<long, StoreSettings, SettingsReading>(
            "SELECT s.version, s.* FROM store.store_setting s WHERE s.store_setting_id = 1",
            (version, settings) => new SettingsReading(version, settings),
            splitOn: "store_setting_id")).Single();
    }

    /// <summary>The settings as they were at a version that some page showed: today's, with each later change taken back.</summary>
    public static async Task<StoreSettings> ReadAtAsync(StoreDataSources dataSources, long version)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return await connection.QuerySingleAsync<StoreSettings>(
            """
            SELECT b.*
            FROM store.store_setting s
            CROSS JOIN LATERAL jsonb_populate_record(s, coalesce((
                SELECT jsonb_object_agg(c.setting_name, c.value_before)
                FROM (
                    SELECT DISTINCT ON (c.setting_name) c.setting_name, c.value_before
                    FROM store.setting_change c
                    WHERE c.version > @version
                    ORDER BY c.setting_name, c.version
                ) c), '{}')) b
            WHERE s.store_setting_id = 1
            """,
            new { version });
    }

    /// <summary>Who changed settings after a version, newest first.</summary>
    public static async Task<IReadOnlyList<Who>> ReadWhoSinceAsync(StoreDataSources dataSources, long version)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<Who>(
            """
            SELECT DISTINCT ON (c.version) c.actor::text, c.occurred_at, c.reason::text
            FROM store.setting_change c
            WHERE c.version > @version
            ORDER BY c.version DESC
            LIMIT 20
            """,
            new { version })).AsList();
    }

    /// <summary>The last proposal of each admin for the settings as they are; those of earlier versions have lapsed.</summary>
    public static async Task<IReadOnlyList<Proposal>> ReadProposalsAsync(StoreDataSources dataSources, long version)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<(string Actor, string Reason, DateTimeOffset OccurredAt), StoreSettings, Proposal>(
            """
            SELECT p.actor, p.reason, p.occurred_at, w.*
            FROM (
                SELECT DISTINCT ON (p.actor) p.actor::text, p.reason::text, p.occurred_at, p.wanted
                FROM store.setting_proposal p
                WHERE p.version = @version
                ORDER BY p.actor, p.occurred_at DESC
            ) p
            CROSS JOIN LATERAL jsonb_populate_record(NULL::store.store_setting, p.wanted) w
            ORDER BY p.occurred_at
            """,
            (head, wanted) => new Proposal(head.Actor, head.Reason, head.OccurredAt, wanted),
            new { version },
            splitOn: "store_setting_id")).AsList();
    }

    /// <summary>What the form wants, where its page showed <paramref name="shown"/>: what nobody touched there is what it is now.</summary>
    public static StoreSettings Merge(StoreSettings wanted, StoreSettings shown, StoreSettings now)
    {
        return new StoreSettings
        {
            DefaultLimit = Of(settings => settings.DefaultLimit),
            DefaultDayLimit = Of(settings => settings.DefaultDayLimit),
            DefaultWeekLimit = Of(settings => settings.DefaultWeekLimit),
            DefaultMonthLimit = Of(settings => settings.DefaultMonthLimit),
            DefaultYearLimit = Of(settings => settings.DefaultYearLimit),
            QuoteLife = Of(settings => settings.QuoteLife),
            HoldLife = Of(settings => settings.HoldLife),
            ApprovalLife = Of(settings => settings.ApprovalLife),
            RaiseDelay = Of(settings => settings.RaiseDelay),
            DeferredConfirmation = Of(settings => settings.DeferredConfirmation),
            RefundRestoresAllowance = Of(settings => settings.RefundRestoresAllowance),
            SecondAdminAbove = Of(settings => settings.SecondAdminAbove),
            WeekStartsOn = Of(settings => settings.WeekStartsOn),
            TimeZone = Of(settings => settings.TimeZone),
            NoticePercents = wanted.NoticePercents.SequenceEqual(shown.NoticePercents) ? now.NoticePercents : wanted.NoticePercents,
        };

        T Of<T>(Func<StoreSettings, T> setting) =>
            EqualityComparer<T>.Default.Equals(setting(wanted), setting(shown)) ? setting(now) : setting(wanted);
    }
}
