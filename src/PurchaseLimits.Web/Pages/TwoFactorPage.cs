using System.Globalization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>What both pages about the second factor do: for whoever is signed in, customer or admin, and knows the password.</summary>
public abstract class TwoFactorPage(UserManager<StoreUser> users, SignInManager<StoreUser> signIn, AccountChanges changes) : PageModel
{
    public StoreUser Account { get; private set; } = null!;

    /// <summary>Recovery codes that were just made. They are on the answer itself, without a redirect, because they are kept nowhere.</summary>
    public IReadOnlyList<string>? NewCodes { get; private set; }

    /// <summary>Set while the account is locked; whole minutes.</summary>
    public int? LockedForMinutes { get; private set; }

    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        Account = await users.GetUserAsync(User) ?? throw new InvalidOperationException("Whoever is signed in has an account.");
        await next();
    }

    /// <summary>Null where the password is right; otherwise the page that says why not. Counted like any sign-in.</summary>
    protected async Task<IActionResult?> RefusePasswordOrNullAsync(string field, string? password)
    {
        if (string.IsNullOrEmpty(password) || password.Length > SignInModel.MaxPasswordLength)
        {
            ModelState.AddModelError(field, "Write your password.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var known = await signIn.CheckPasswordSignInAsync(Account, password, lockoutOnFailure: true);
        if (known.IsLockedOut)
        {
            var lockedFor = users.Options.Lockout.DefaultLockoutTimeSpan;
            LockedForMinutes = (int)Math.Ceiling(lockedFor.TotalMinutes);
            Response.Headers.RetryAfter = ((int)lockedFor.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return this.PageWith(StatusCodes.Status429TooManyRequests);
        }

        if (known.Succeeded)
            return null;
        ModelState.AddModelError(field, "This is not the password of your account.");
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>Writes what <see cref="Account"/> says of its second factor, and shows the recovery codes that come with it.</summary>
    protected async Task<IActionResult> ChangeAsync(string done)
    {
        var codes = await changes.ChangeSecondFactorAsync(Account);
        if (codes is null)
        {
            TempData["notice-warn"] = "Your account was changed in another window just now, so nothing was changed here.";
            return new SeeOtherResult("/account/two-factor");
        }

        // This browser stays signed in, with a cookie that carries the new stamp.
        await signIn.RefreshSignInAsync(Account);
        if (codes.Count == 0)
        {
            TempData["notice-good"] = done;
            return new SeeOtherResult("/account/two-factor");
        }

        NewCodes = codes;
        return Page();
    }
}
