using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>Says the same whether there is such an account, a mail was sent a minute ago, or it is an admin's, which gets none.</summary>
[AllowAnonymous, EnableRateLimiting(AttemptLimit.Policy)]
public sealed class ForgotPasswordModel(UserManager<StoreUser> users, AccountChanges changes) : PageModel
{
    // Longer than writing a mail takes, so that the time an answer takes says no more than the answer does.
    private static readonly TimeSpan s_everyAnswerTakes = TimeSpan.FromMilliseconds(250);

    public sealed record Input
    {
        public string? Email { get; init; }
    }

    public Input Form { get; private set; } = new();

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync([FromForm] Input form)
    {
        Form = form;
        var email = form.Email?.Trim() ?? "";
        if (email.Length is 0 or > RegisterModel.MaxEmailLength)
        {
            ModelState.AddModelError("email", $"Write the e-mail of your account, in at most {RegisterModel.MaxEmailLength} characters.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        await Task.WhenAll(RequestAsync(email), Task.Delay(s_everyAnswerTakes));
        TempData["notice-good"] =
            $"If there is a customer's account with this e-mail, a link is on its way there. It works for {PasswordResetTokens.LifeInHours} hours. "
            + "We send one in five minutes at most, so please look into your mailbox before you ask again.";
        return new SeeOtherResult("/forgot-password");
    }

    private async Task RequestAsync(string email)
    {
        if (await users.FindByEmailAsync(email) is { } user)
            await changes.RequestMailAsync(user, AccountChanges.PasswordReset);
    }
}
