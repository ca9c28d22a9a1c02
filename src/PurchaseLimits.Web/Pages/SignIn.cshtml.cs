using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.Extensions.Options;
using PurchaseLimits.Database;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

[AllowAnonymous, EnableRateLimiting(AttemptLimit.Policy)]
public sealed class SignInModel(
    SignInManager<StoreUser> signIn,
    UserManager<StoreUser> users,
    Carts carts,
    IOptions<IdentityOptions> options,
    ILogger<SignInModel> logger)
    : PageModel
{
    /// <summary>Characters. Hashing text without bound would be work for nothing.</summary>
    public const int MaxPasswordLength = AdminAccount.MaxPasswordLength;

    public sealed record Input
    {
        public string? Email { get; init; }
        public string? Password { get; init; }
        public string? Keep { get; init; }
        public string? ReturnUrl { get; init; }
    }

    public Input Form { get; private set; } = new();

    /// <summary>Set while the account is locked; whole minutes.</summary>
    public int? LockedForMinutes { get; private set; }

    public bool IsWrong { get; private set; }

    public IActionResult OnGet([FromQuery] string? returnUrl)
    {
        if (User.Identity!.IsAuthenticated)
            return LocalRedirect(Destination(Url, returnUrl, User.IsAdmin()));

        Form = new Input { ReturnUrl = returnUrl };
        return Page();
    }

    public async Task<IActionResult> OnPostAsync([FromForm] Input form)
    {
        Form = form with { Password = null };
        var email = form.Email?.Trim();
        if (string.IsNullOrEmpty(email))
            ModelState.AddModelError("email", "Write the e-mail of your account.");
        if (string.IsNullOrEmpty(form.Password))
            ModelState.AddModelError("password", "Write your password.");
        else if (form.Password.Length > MaxPasswordLength)
            ModelState.AddModelError("password", $"A password has at most {MaxPasswordLength} characters.");
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        var result = await signIn.PasswordSignInAsync(email!, form.Password!, form.Keep == "true", lockoutOnFailure: true);
        if (result.RequiresTwoFactor)
            return RedirectToPage("/SignInCode", new { returnUrl = form.ReturnUrl, keep = form.Keep == "true" ? "true" : null });
        if (result.IsLockedOut)
        {
            (var page, LockedForMinutes) = this.PageLocked(options.Value.Lockout);
            return page;
        }

        if (!result.Succeeded)
        {
            // Which of the two was wrong is not said, and neither is written down: people type passwords into the wrong field.
            logger.LogInformation("A sign-in was refused: wrong e-mail or wrong password");
            IsWrong = true;
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var user = (await users.FindByEmailAsync(email!))!;
        if (user.CustomerId is { } customerId)
            await carts.MergeCookieCartAsync(HttpContext, customerId);
        return LocalRedirect(Destination(Url, form.ReturnUrl, user.Role == StoreUser.AdminRole));
    }

    /// <summary>Back to where the visitor came from, but never to another site, nor to what no header can hold.</summary>
    internal static string Destination(IUrlHelper url, string? returnUrl, bool isAdmin) =>
        url.IsLocalUrl(returnUrl) && returnUrl.All(char.IsAscii) ? returnUrl : isAdmin ? "/admin" : "/";
}
