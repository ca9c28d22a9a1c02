using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.RateLimiting;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages;

/// <summary>
/// Gives an authenticator app a key, and turns the second factor on once the app has shown that it has it. Looking changes nothing:
/// until then the key is in the page alone, protected. A key that is in use is never shown.
/// </summary>
[Authorize]
[EnableRateLimiting(AttemptLimit.Policy)]
public sealed class SetUpTwoFactorModel(
    UserManager<StoreUser> users, SignInManager<StoreUser> signIn, AccountChanges changes, AuthenticatorKeys keys)
    : TwoFactorPage(users, signIn, changes)
{
    private const string Issuer = "PurchaseLimits";

    private string _key = "";

    public sealed record Input
    {
        public string? Key { get; init; }
        public string? Code { get; init; }
        public string? Password { get; init; }
    }

    /// <summary>As the page carries it.</summary>
    public string ProtectedKey { get; private set; } = "";

    /// <summary>For people: groups of four.</summary>
    public string Key => string.Join(' ', _key.Chunk(4).Select(group => new string(group)));

    /// <summary>For apps: https://github.com/google/google-authenticator/wiki/Key-Uri-Format.</summary>
    public string Address =>
        $"otpauth://totp/{Issuer}:{Uri.EscapeDataString(Account.Email)}?secret={_key}&issuer={Issuer}&digits={AuthenticatorCodes.Digits}&period=30";

    /// <summary>The form came with a key that is none of this account's.</summary>
    public bool IsBroken { get; private set; }

    public void OnGet() => MakeKey();

    public async Task<IActionResult> OnPostAsync([FromForm] Input form)
    {
        if (string.IsNullOrEmpty(form.Key) || form.Key.Length > 2000 || keys.ReadOrNull(Account, form.Key) is not { } key)
        {
            IsBroken = true;
            MakeKey();
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        (_key, ProtectedKey) = (key, form.Key);
        var code = AuthenticatorCodes.ReadOrNull(form.Code);
        if (code is null)
        {
            ModelState.AddModelError("code", $"Write the {AuthenticatorCodes.Digits} digits that your app shows.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        if (await RefusePasswordOrNullAsync("password", form.Password) is { } refused)
            return refused;

        var before = Account.ProtectedKey;
        Account.ProtectedKey = form.Key;
        if (!await Users.VerifyTwoFactorTokenAsync(Account, AuthenticatorCodes.Name, code))
        {
            Account.ProtectedKey = before;
            ModelState.AddModelError("code", "This code is not right, or was used already. Wait for the next one, and look whether the phone’s clock is right.");
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);
        }

        return await ChangeAsync("");
    }

    private void MakeKey()
    {
        _key = Users.GenerateNewAuthenticatorKey();
        ProtectedKey = keys.Protect(Account, _key);
    }
}
