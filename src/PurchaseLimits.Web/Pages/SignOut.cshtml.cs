using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Pages;

[AllowAnonymous] // who is signed out already need not sign in first
public sealed class SignOutModel(SignInManager<StoreUser> signIn) : PageModel
{
    /// <summary>A link changes nothing: it leads to a button.</summary>
    public IActionResult OnGet() => User.Identity!.IsAuthenticated ? Page() : LocalRedirect("/");

    public async Task<IActionResult> OnPostAsync()
    {
        await signIn.SignOutAsync();
        return LocalRedirect("/");
    }
}
