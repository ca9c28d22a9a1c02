using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>What both pages about the second factor do: for customers and admins.</summary>
public abstract class TwoFactorPage(UserManager<StoreUser> users, SignInManager<StoreUser> signIn, AccountChanges changes)
    : OwnAccountPage(users, signIn)
{
    /// <summary>Recovery codes that were just made. They are on the answer itself, without a redirect, because they are kept nowhere.</summary>
    public IReadOnlyList<string>? NewCodes { get; private set; }

    /// <summary>Writes what <see cref="OwnAccountPage.Account"/> says of its second factor, and shows the recovery codes that come with it.</summary>
    protected async Task<IActionResult> ChangeAsync(string done)
    {
        var codes = await changes.ChangeSecondFactorAsync(Account);
        if (codes is null)
        {
            TempData["notice-warn"] = "Your account was changed in another window just now, so nothing was changed here.";
            return new SeeOtherResult("/account/two-factor");
        }

        // This browser stays signed in, with a cookie that carries the new stamp.
        await SignInManager.RefreshSignInAsync(Account);
        if (codes.Count == 0)
        {
            TempData["notice-good"] = done;
            return new SeeOtherResult("/account/two-factor");
        }

        NewCodes = codes;
        return Page();
    }
}
