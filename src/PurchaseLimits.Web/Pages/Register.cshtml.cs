using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;
using PurchaseLimits.Web.Mails;

namespace PurchaseLimits.Web.Pages;

[AllowAnonymous, EnableRateLimiting(AttemptLimit.Policy)]
public sealed partial class RegisterModel(
    UserManager<StoreUser> users,
    SignInManager<StoreUser> signIn,
    KnownBrowsers browsers,
    Carts carts,
    StoreDataSources dataSources,
    WorkSignals signals)
    : PageModel
{
    public const int MaxNameLength = 80;
    public const int MaxEmailLength = 254;

    public sealed record Input
    {
        public string? Name { get; init; }
        public string? Email { get; init; }
        public string? Password { get; init; }
        public string? ReturnUrl { get; init; }
    }

    public Input Form { get; private set; } = new();

    public bool IsEmailTaken { get; private set; }

    public bool IsBusy { get; private set; }

    public int MinPasswordLength => users.Options.Password.RequiredLength;

    public IActionResult OnGet([FromQuery] string? returnUrl)
    {
        if (User.Identity!.IsAuthenticated)
            return LocalRedirect("/");

        Form = new Input { ReturnUrl = returnUrl };
        return Page();
    }

    public async Task<IActionResult> OnPostAsync([FromForm] Input form)
    {
        Form = form with { Password = null };
        var email = form.Email?.Trim() ?? "";
        var name = await ComposedText.ReadOrNullAsync(dataSources.Pages, form.Name, MaxNameLength, lineBreaks: false);
        if (name is null)
            ModelState.AddModelError("name", $"Write your name, in 1 to {MaxNameLength} characters on one line.");
        if (email.Length > MaxEmailLength || !EmailPattern().IsMatch(email) || !MailWriter.TryAddress(email, out _))
            ModelState.AddModelError("email", $"Write your e-mail like name@example.com, in at most {MaxEmailLength} characters without spaces or accents.");
        if (PasswordErrorOrNull(form.Password, users) is { } error)
            ModelState.AddModelError("password", error);
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        var user = new StoreUser { Email = email, DisplayName = name! };
        var result = await users.CreateAsync(user, form.Password!);
        if (!result.Succeeded)
            return Refuse(result);

        signals.Mails.Notify();
        await signIn.SignInAsync(user, isPersistent: false);
        await browsers.NoteAsync(HttpContext, user);
        await carts.MergeCookieCartAsync(HttpContext, user.CustomerId!.Value);
        return LocalRedirect(SignInModel.Destination(Url, form.ReturnUrl, isAdmin: false));
    }

    /// <summary>What is wrong with a password that somebody chooses; null when nothing is.</summary>
    internal static string? PasswordErrorOrNull(string? password, UserManager<StoreUser> users) =>
        password is null || password.Length < users.Options.Password.RequiredLength
            ? $"Choose a password of at least {users.Options.Password.RequiredLength} characters."
            : password.Length > SignInModel.MaxPasswordLength
                ? $"Choose a password of at most {SignInModel.MaxPasswordLength} characters."
                : null;

    private PageResult Refuse(IdentityResult result)
    {
        if (result.Errors.Any(error => error.Code is nameof(IdentityErrorDescriber.DuplicateEmail)))
        {
            IsEmailTaken = true;
            ModelState.AddModelError("email", "This e-mail has an account already.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        if (result.Errors.Any(error => error.Code == StoreUserStore.BusyCode))
        {
            IsBusy = true;
            Response.Headers.RetryAfter = "5";
            return this.PageWith(StatusCodes.Status503ServiceUnavailable);
        }

        // Every other rule of Identity was checked above, in our own words.
        throw new InvalidOperationException(string.Join(", ", result.Errors.Select(error => error.Code)));
    }

    // Whether it exists only a mail can tell. ASCII alone: two addresses that look the same are the same.
    [GeneratedRegex(@"^[!-?A-~]+@[!-?A-~]+\.[!-?A-~]+\z")]
    private static partial Regex EmailPattern();
}
