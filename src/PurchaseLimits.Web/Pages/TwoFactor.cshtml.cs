using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.RateLimiting;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

[Authorize]
[EnableRateLimiting(AttemptLimit.Policy)]
public sealed class TwoFactorModel(UserManager<StoreUser> users, SignInManager<StoreUser> signIn, AccountChanges changes)
    : TwoFactorPage(users, signIn, changes)
{
    /// <summary>Recovery codes that still work.</summary>
    public int CodesLeft { get; private set; }

    public override Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next) =>
        base.OnPageHandlerExecutionAsync(context, async () =>
        {
            CodesLeft = Account.HasSecondFactor ? await Users.CountRecoveryCodesAsync(Account) : 0;
            return await next();
        });

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostCodesAsync([FromForm(Name = "codes-password")] string? password)
    {
        if (!Account.HasSecondFactor)
            return AlreadyOff();
        return await RefusePasswordOrNullAsync("codes-password", password) ?? await ChangeAsync("");
    }

    public async Task<IActionResult> OnPostOffAsync([FromForm(Name = "off-password")] string? password)
    {
        if (!Account.HasSecondFactor)
            return AlreadyOff();
        if (await RefusePasswordOrNullAsync("off-password", password) is { } refused)
            return refused;
        Account.ProtectedKey = null;
        return await ChangeAsync("Two-factor sign-in is off.");
    }

    private SeeOtherResult AlreadyOff()
    {
        TempData["notice-warn"] = "Two-factor sign-in is off already.";
        return new SeeOtherResult("/account/two-factor");
    }
}
