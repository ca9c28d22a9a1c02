using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>Where the link of a reset's mail leads.</summary>
[AllowAnonymous, EnableRateLimiting(AttemptLimit.Policy)]
public sealed class ResetPasswordModel(
    UserManager<StoreUser> users, SignInManager<StoreUser> signIn, AccountChanges changes) : PageModel
{
    public sealed record Input
    {
        public string? User { get; init; }
        public string? Token { get; init; }
        public string? Password { get; init; }
    }

    public Input Form { get; private set; } = new();

    public bool IsBroken { get; private set; }

    public int MinPasswordLength => users.Options.Password.RequiredLength;

    public async Task<IActionResult> OnGetAsync([FromQuery] Input query)
    {
        Form = query;
        return await changes.FindByLinkAsync(query.User, query.Token, AccountChanges.PasswordReset) is null ? Broken() : Page();
    }

    public async Task<IActionResult> OnPostAsync([FromForm] Input form)
    {
        Form = form with { Password = null };
        if (await changes.FindByLinkAsync(form.User, form.Token, AccountChanges.PasswordReset) is not { } user)
            return Broken();
        if (RegisterModel.PasswordErrorOrNull(form.Password, users) is { } error)
        {
            ModelState.AddModelError("password", error);
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        if (!await changes.ChangePasswordAsync(user, form.Password!))
            return Broken();

        await signIn.SignOutAsync();
        TempData["notice-good"] = "Your password is changed. Please sign in with it.";
        return new SeeOtherResult("/sign-in");
    }

    private PageResult Broken()
    {
        IsBroken = true;
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }
}
