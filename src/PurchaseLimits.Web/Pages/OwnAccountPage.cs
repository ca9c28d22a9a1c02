using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>A page about the account of whoever is signed in, who has to know its password to change something.</summary>
public abstract class OwnAccountPage(UserManager<StoreUser> users, SignInManager<StoreUser> signIn) : PageModel
{
    public StoreUser Account { get; private set; } = null!;

    /// <summary>Set while the account is locked; whole minutes.</summary>
    public int? LockedForMinutes { get; private set; }

    protected UserManager<StoreUser> Users { get; } = users;

    protected SignInManager<StoreUser> SignInManager { get; } = signIn;

    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        Account = await Users.GetUserAsync(User) ?? throw new InvalidOperationException("Whoever is signed in has an account.");
        await next();
    }

    /// <summary>
    /// Null where the password is right; otherwise the page that says why not. Counted like any sign-in: whoever finds a browser open
    /// may not guess here either.
    /// </summary>
    protected async Task<IActionResult?> RefusePasswordOrNullAsync(
        string field, string? password, string wrong = "This is not the password of your account.")
    {
        if (string.IsNullOrEmpty(password) || password.Length > SignInModel.MaxPasswordLength)
        {
            ModelState.AddModelError(field, "Write your password.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var known = await SignInManager.CheckPasswordSignInAsync(Account, password, lockoutOnFailure: true);
        if (known.IsLockedOut)
        {
            (var page, LockedForMinutes) = this.PageLocked(Users.Options.Lockout);
            return page;
        }

        if (known.Succeeded)
            return null;
        ModelState.AddModelError(field, wrong);
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }
}
