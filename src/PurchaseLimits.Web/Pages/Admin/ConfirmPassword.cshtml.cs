using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// Asks for the password again (<see cref="RequiresRecentPasswordAttribute"/>). A form that was on its way to another page is
/// kept in hidden fields meanwhile, and the browser sends it on.
/// </summary>
public sealed class ConfirmPasswordModel(StoreSignInManager signIn, IOptions<IdentityOptions> identity, IOptions<AccountOptions> accounts)
    : PageModel
{
    /// <summary>Name of the password's field; no other form of the store has one of that name.</summary>
    public const string PasswordField = "confirm-password";

    /// <summary>In the hidden fields where a form waits, even one that has no fields.</summary>
    public const string SendOnField = "confirm-send-on";

    private const string AntiforgeryField = "__RequestVerificationToken";

    [FromQuery]
    public string? ReturnUrl { get; init; }

    /// <summary>The form had a file in it, which a page cannot keep.</summary>
    [FromQuery]
    public string? Again { get; init; }

    /// <summary>Minutes; how long the password counts.</summary>
    public int Minutes => (int)Math.Ceiling(accounts.Value.RecentPassword.TotalMinutes);

    /// <summary>A form waits for the password.</summary>
    public bool IsSendingOn { get; private set; }

    /// <summary>Its fields.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Waiting { get; private set; } = [];

    /// <summary>Set while the account is locked; whole minutes.</summary>
    public int? LockedForMinutes { get; private set; }

    public IActionResult OnGet() => IsOurs ? Page() : BadRequest();

    /// <summary>A form on its way to another page came by here.</summary>
    public IActionResult OnPost()
    {
        if (!IsOurs)
            return BadRequest();
        TakeWaiting();
        IsSendingOn = true;
        return this.PageWith(StatusCodes.Status403Forbidden);
    }

    public async Task<IActionResult> OnPostConfirmAsync()
    {
        if (!IsOurs)
            return BadRequest();
        TakeWaiting();
        IsSendingOn = Request.Form.ContainsKey(SendOnField);
        var password = Request.Form[PasswordField].ToString();
        if (password.Length is 0 or > SignInModel.MaxPasswordLength)
        {
            ModelState.AddModelError(PasswordField, "Write your password.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        // Gone since the page was shown, or the cookie is of another account by now.
        if (await signIn.UserManager.GetUserAsync(User) is not { } user)
            return Challenge();

        var result = await signIn.ConfirmPasswordAsync(user, password);
        if (result.IsLockedOut)
        {
            (var page, LockedForMinutes) = this.PageLocked(identity.Value.Lockout);
            return page;
        }

        if (!result.Succeeded)
        {
            ModelState.AddModelError(PasswordField, "This is not the password of your account.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        // 307: the browser sends all fields on, to where they were going. The token among them makes it a form of ours there too.
        return IsSendingOn ? RedirectPreserveMethod(ReturnUrl!) : new SeeOtherResult(ReturnUrl!);
    }

    /// <summary>A page of the store, named by the store: nothing else is a place to go on to.</summary>
    private bool IsOurs => Url.IsLocalUrl(ReturnUrl) && ReturnUrl.All(char.IsAscii)
        && ReturnUrl.StartsWith("/admin/", StringComparison.Ordinal)
        && !ReturnUrl.StartsWith(RequiresRecentPasswordAttribute.ConfirmPath, StringComparison.OrdinalIgnoreCase);

    private void TakeWaiting() => Waiting =
    [
        .. Request.Form
            .Where(field => field.Key is not (AntiforgeryField or PasswordField or SendOnField))
            .SelectMany(field => field.Value, (field, value) => KeyValuePair.Create(field.Key, value ?? "")),
    ];
}
