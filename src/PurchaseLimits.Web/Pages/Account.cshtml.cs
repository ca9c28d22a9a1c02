using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

[Authorize(Policy = AccountServices.CustomersOnly)]
public sealed class AccountModel(
    UserManager<StoreUser> users, SignInManager<StoreUser> signIn, AccountChanges changes) : PageModel
{
    public sealed record Input
    {
        public string? Current { get; init; }
        public string? Password { get; init; }
    }

    public StoreUser Account { get; private set; } = null!;

    /// <summary>Set while the account is locked; whole minutes.</summary>
    public int? LockedForMinutes { get; private set; }

    public int MinPasswordLength => users.Options.Password.RequiredLength;

    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        Account = await users.GetUserAsync(User) ?? throw new InvalidOperationException("Whoever is signed in has an account.");
        await next();
    }

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

    public async Task<IActionResult> OnPostPasswordAsync([FromForm] Input form)
    {
        if (string.IsNullOrEmpty(form.Current) || form.Current.Length > SignInModel.MaxPasswordLength)
            ModelState.AddModelError("current", "Write your current password.");
        if (RegisterModel.PasswordErrorOrNull(form.Password, users) is { } error)
            ModelState.AddModelError("password", error);
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        // Counted like any sign-in: whoever finds a browser open may not guess here either.
        var known = await signIn.CheckPasswordSignInAsync(Account, form.Current!, lockoutOnFailure: true);
        if (known.IsLockedOut)
        {
            LockedForMinutes = (int)Math.Ceiling(users.Options.Lockout.DefaultLockoutTimeSpan.TotalMinutes);
            Response.Headers.RetryAfter = ((int)users.Options.Lockout.DefaultLockoutTimeSpan.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            return this.PageWith(StatusCodes.Status429TooManyRequests);
        }

        if (!known.Succeeded)
        {
            ModelState.AddModelError("current", "This is not your current password.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        if (await changes.ChangePasswordAsync(Account, form.Password!))
        {
            // This browser stays signed in, with a cookie that carries the new stamp.
            await signIn.RefreshSignInAsync(Account);
            TempData["notice-good"] = "Your password is changed.";
        }
        else
        {
            TempData["notice-warn"] = "Your password was changed in another window just now, so nothing was changed here.";
        }

        return new SeeOtherResult("/account");
    }
}
