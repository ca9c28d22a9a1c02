using System.Globalization;
using Dapper;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class AccountModel(
    UserManager<StoreUser> users, SignInManager<StoreUser> signIn, AccountChanges changes, StoreDataSources dataSources)
    : OwnAccountPage(users, signIn)
{
    public sealed record Input
    {
        public string? Current { get; init; }
        public string? Password { get; init; }
    }

    public sealed record NoticesForm
    {
        /// <summary>yes or no.</summary>
        public string? Wanted { get; init; }
    }

    /// <summary>Mails that tell a customer how much of a limit is used.</summary>
    public sealed record NoticesReading
    {
        /// <summary>By the customer.</summary>
        public bool AreWanted { get; init; }

        /// <summary>Of which shares of a limit the store gives them; none: of no share, so that there is nothing to turn off.</summary>
        public long[] Percents { get; init; } = [];

        /// <summary>50 %, 80 % or 100 %.</summary>
        public string Shares
        {
            get
            {
                var shares = Percents.Select(percent => string.Create(CultureInfo.InvariantCulture, $"{percent} %")).ToList();
                return shares.Count == 1 ? shares[0] : $"{string.Join(", ", shares[..^1])} or {shares[^1]}";
            }
        }
    }

    public NoticesReading Notices { get; private set; } = new();

    public int MinPasswordLength => Users.Options.Password.RequiredLength;

    public override Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next) =>
        base.OnPageHandlerExecutionAsync(context, async () =>
        {
            Notices = await ReadNoticesAsync();
            return await next();
        });

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostSendAgainAsync()
    {
        if (Account.EmailConfirmed)
            TempData["notice-good"] = "Your e-mail is confirmed already.";
        else if (await changes.RequestMailAsync(Account, AccountChanges.EmailConfirmation))
            TempData["notice-good"] = "The mail is on its way.";
        else
            TempData["notice-warn"] = "We sent one less than five minutes ago. Please look into your mailbox first, also where unwanted mails go.";
        return new SeeOtherResult("/account");
    }

    public async Task<IActionResult> OnPostNoticesAsync([FromForm] NoticesForm form)
    {
        if (form.Wanted is not ("yes" or "no"))
            return BadRequest();
        await changes.SetNoticesAsync(Account.CustomerId!.Value, form.Wanted == "yes");
        TempData["notice-good"] = form.Wanted == "yes" ? "Notices are on." : "Notices are off.";
        return new SeeOtherResult("/account");
    }

    public async Task<IActionResult> OnPostPasswordAsync([FromForm] Input form)
    {
        if (string.IsNullOrEmpty(form.Current) || form.Current.Length > SignInModel.MaxPasswordLength)
            ModelState.AddModelError("current", "Write your current password.");
        if (RegisterModel.PasswordErrorOrNull(form.Password, Users) is { } error)
            ModelState.AddModelError("password", error);
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        if (await RefusePasswordOrNullAsync("current", form.Current, "This is not your current password.") is { } refused)
            return refused;

        if (await changes.ChangePasswordAsync(Account, form.Password!))
        {
            // This browser stays signed in, with a cookie that carries the new stamp.
            await SignInManager.RefreshSignInAsync(Account);
            TempData["notice-good"] = "Your password is changed.";
        }
        else
        {
            TempData["notice-warn"] = "Your password was changed in another window just now, so nothing was changed here.";
        }

        return new SeeOtherResult("/account");
    }

    private async Task<NoticesReading> ReadNoticesAsync()
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        return await connection.QuerySingleAsync<NoticesReading>(
            """
            SELECT NOT EXISTS (SELECT FROM store.notice_opt_out o WHERE o.customer_id = @CustomerId) AS are_wanted, s.notice_percents AS percents
            FROM store.store_setting s
            WHERE s.store_setting_id = 1
            """,
            new { Account.CustomerId });
    }
}
