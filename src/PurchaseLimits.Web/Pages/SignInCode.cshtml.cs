using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>The second half of a sign-in, for accounts that ask for a code: the password was right a few minutes ago.</summary>
[AllowAnonymous]
[EnableRateLimiting(AttemptLimit.Policy)]
public sealed class SignInCodeModel(SignInManager<StoreUser> signIn, Carts carts, ILogger<SignInCodeModel> logger) : PageModel
{
    public sealed record Input
    {
        public string? Code { get; init; }
        public string? Recovery { get; init; }
        public string? Remember { get; init; }
        public string? Keep { get; init; }
        public string? ReturnUrl { get; init; }
    }

    private StoreUser _user = null!;

    public Input Form { get; private set; } = new();

    /// <summary>The form for recovery codes is open.</summary>
    public bool IsRecovering { get; private set; }

    /// <summary>Set while the account is locked; whole minutes.</summary>
    public int? LockedForMinutes { get; private set; }

    public override async Task OnPageHandlerExecutionAsync(PageHandlerExecutingContext context, PageHandlerExecutionDelegate next)
    {
        if (User.Identity!.IsAuthenticated)
        {
            context.Result = LocalRedirect("/");
        }
        else if (await signIn.GetTwoFactorAuthenticationUserAsync() is { } user)
        {
            _user = user;
            await next();
        }
        else
        {
            TempData["notice-warn"] = "Please sign in first. Where that was more than a few minutes ago, do it once more.";
            context.Result = new SeeOtherResult("/sign-in");
        }
    }

    public void OnGet([FromQuery] string? returnUrl, [FromQuery] string? keep) => Form = new Input { ReturnUrl = returnUrl, Keep = keep };

    public async Task<IActionResult> OnPostCodeAsync([FromForm] Input form)
    {
        Form = form with { Code = null };
        if (AuthenticatorCodes.ReadOrNull(form.Code) is not { } code)
        {
            ModelState.AddModelError("code", $"Write the {AuthenticatorCodes.Digits} digits that your app shows.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var result = await signIn.TwoFactorAuthenticatorSignInAsync(code, form.Keep == "true", form.Remember == "true");
        return await AnswerAsync(result, "code", "This code is not right, or was used already. Wait for the next one, and look whether the phone’s clock is right.");
    }

    public async Task<IActionResult> OnPostRecoveryAsync([FromForm] Input form)
    {
        Form = form with { Recovery = null };
        IsRecovering = true;
        if (RecoveryCode.ReadOrNull(form.Recovery) is not { } code)
        {
            ModelState.AddModelError("recovery", "Write one of your recovery codes: ten letters and digits.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        var answer = await AnswerAsync(await signIn.TwoFactorRecoveryCodeSignInAsync(code), "recovery", "This is none of your recovery codes, or it was used already.");
        if (LockedForMinutes is null && ModelState.IsValid)
            TempData["notice-warn"] = "That recovery code does not work again. If your app is gone, set up another one: Account, Two-factor sign-in.";
        return answer;
    }

    private async Task<IActionResult> AnswerAsync(Microsoft.AspNetCore.Identity.SignInResult result, string field, string wrong)
    {
        if (result.IsLockedOut)
        {
            (var page, LockedForMinutes) = this.PageLocked(signIn.Options.Lockout);
            return page;
        }

        if (!result.Succeeded)
        {
            logger.LogInformation("A sign-in to account {UserId} was refused: wrong code", _user.UserId);
            ModelState.AddModelError(field, wrong);
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        if (_user.CustomerId is { } customerId)
            await carts.MergeCookieCartAsync(HttpContext, customerId);
        return LocalRedirect(SignInModel.Destination(Url, Form.ReturnUrl, _user.Role == StoreUser.AdminRole));
    }
}
