using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

[RequiresRecentPassword]
public sealed class SettingsModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxReasonLength = 500;

    public SettingsForm Form { get; private set; } = new();

    public SettingsReading Now { get; private set; } = null!;
    public IReadOnlyList<SettingsReading.Proposal> Proposals { get; private set; } = [];

    /// <summary>Names of the IANA that this server knows.</summary>
    public IReadOnlyList<string> TimeZones { get; private set; } = [];

    /// <summary>Admins who may take a customer's limit away, by e-mail where known.</summary>
    public IReadOnlyList<string> WithoutLimitBy { get; private set; } = [];
    public AdminNames Names { get; private set; } = null!;

    /// <summary>What others changed since the page was shown; empty where nothing was.</summary>
    public IReadOnlyList<(string Label, string Old, string New)> ChangedMeanwhile { get; private set; } = [];
    public IReadOnlyList<SettingsReading.Who> ChangedMeanwhileBy { get; private set; } = [];

    public async Task OnGetAsync()
    {
        await ReadAsync();
        Form = SettingsForm.For(Now.Settings, Now.Version);
    }

    public async Task<IActionResult> OnPostAsync([FromForm] SettingsForm form)
    {
        await ReadAsync();
        if (!StrictInput.TryId(form.Version, out var version) || version > Now.Version)
            return BadRequest();

        Form = form;
        var wanted = form.ReadOrNull(ModelState);
        var reason = await ComposedText.ReadOrNullAsync(dataSources.AdminPages, form.Reason, MaxReasonLength, lineBreaks: true);
        if (reason is null)
            ModelState.AddModelError("reason", $"Say why, in 1 to {MaxReasonLength} characters.");
        if (wanted is null || reason is null)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        var reply = await store.ChangeSettingsAsync(new SettingsChangeRequest(version, wanted, reason, User.AdminActor()));
        switch (reply.Outcome)
        {
            case SettingsChangeOutcome.Changed or SettingsChangeOutcome.AlreadyRecorded:
                TempData["notice-good"] = "The settings were changed.";
                return new SeeOtherResult("/admin/settings");
            case SettingsChangeOutcome.NeedsSecondAdmin:
                TempData["notice-warn"] = "Nothing was changed yet. This loosens a rule that takes two admins, so it waits on this page until another admin approves it.";
                return new SeeOtherResult("/admin/settings");
            case SettingsChangeOutcome.ChangedMeanwhile:
                await ShowChangesSinceAsync(version, wanted, reason);
                return this.PageWith(StatusCodes.Status409Conflict);
            case SettingsChangeOutcome.Unchanged:
                ModelState.AddModelError("reason", "Nothing is different from what is in force already.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case SettingsChangeOutcome.NeedsRight:
                ModelState.AddModelError("defaultLimit", "You may not let new customers begin without a limit: that takes a right of its own.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case SettingsChangeOutcome.UnknownTimeZone:
                ModelState.AddModelError("timeZone", "Choose a time zone of the list.");
                return this.PageWith(StatusCodes.Status422UnprocessableEntity);
            case SettingsChangeOutcome.Busy:
                return this.PageBusy();
            case SettingsChangeOutcome.InDoubt:
                return this.PageInDoubt();
            default:
                throw new InvalidOperationException($"change_settings ended as {reply.Outcome}.");
        }
    }

    /// <summary>What this admin did not touch shows what it is now; what they did is kept, for them to save once more.</summary>
    private async Task ShowChangesSinceAsync(long version, StoreSettings wanted, string reason)
    {
        // Read again, because what was read above may be as old as what the form showed.
        await ReadAsync();
        var shown = await SettingsReading.ReadAtAsync(dataSources, version);
        ChangedMeanwhile = SettingWords.Differences(shown, Now.Settings);
        ChangedMeanwhileBy = await SettingsReading.ReadWhoSinceAsync(dataSources, version);
        Form = SettingsForm.For(SettingsReading.Merge(wanted, shown, Now.Settings), Now.Version, reason);
    }

    private async Task ReadAsync()
    {
        Now = await SettingsReading.ReadAsync(dataSources);
        Proposals = await SettingsReading.ReadProposalsAsync(dataSources, Now.Version);
        Names = await AdminNames.ReadAsync(dataSources);
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        TimeZones = (await connection.QueryAsync<string>(
            """
            SELECT z.name
            FROM pg_timezone_names z
            WHERE z.name = 'UTC' OR z.name LIKE '%/%' AND z.name NOT LIKE 'posix/%' AND z.name NOT LIKE 'Etc/%'
            ORDER BY z.name
            """)).AsList();
        WithoutLimitBy = [.. (await connection.QueryAsync<string>(
            "SELECT r.actor::text FROM store.admin_right r WHERE r.right_name = 'no_limit' ORDER BY r.actor")).Select(Names.Of)];
    }
}
