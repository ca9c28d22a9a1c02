using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>Where the link of a confirmation's mail leads. The link changes nothing, because mail programs follow links; the button does.</summary>
[AllowAnonymous]
public sealed class ConfirmEmailModel(AccountChanges changes) : PageModel
{
    public sealed record Input
    {
        public string? User { get; init; }
        public string? Token { get; init; }
    }

    public Input Form { get; private set; } = new();

    public bool IsBroken { get; private set; }

    public async Task<IActionResult> OnGetAsync([FromQuery] Input query)
    {
        Form = query;
        return await changes.FindByLinkAsync(query.User, query.Token, AccountChanges.EmailConfirmation) is null ? Broken() : Page();
    }

    public async Task<IActionResult> OnPostAsync([FromForm] Input form)
    {
        if (await changes.FindByLinkAsync(form.User, form.Token, AccountChanges.EmailConfirmation) is not { } user)
            return Broken();

        await changes.ConfirmEmailAsync(user);
        TempData["notice-good"] = "Thank you. Your e-mail is confirmed.";
        return new SeeOtherResult(User.CustomerIdOrNull() is null ? "/" : "/account");
    }

    private PageResult Broken()
    {
        IsBroken = true;
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }
}
