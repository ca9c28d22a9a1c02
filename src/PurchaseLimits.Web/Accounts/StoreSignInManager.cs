using System.Security.Claims;
using Dapper;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Accounts;

/// <summary>
/// Sign-in whose lockout guesses sent at once cannot bypass: an attempt is counted in the database before its password
/// is looked at (<c>account.begin_sign_in</c>), so of any number of parallel guesses no more are checked than are allowed.
/// </summary>
public sealed class StoreSignInManager(
    UserManager<StoreUser> userManager,
    IHttpContextAccessor contextAccessor,
    IUserClaimsPrincipalFactory<StoreUser> claimsFactory,
    IOptions<IdentityOptions> options,
    ILogger<SignInManager<StoreUser>> logger,
    IAuthenticationSchemeProvider schemes,
    IUserConfirmation<StoreUser> confirmation,
    StoreDataSources dataSources,
    KnownBrowsers browsers)
    : SignInManager<StoreUser>(userManager, contextAccessor, claimsFactory, options, logger, schemes, confirmation)
{
    private const string EndSignIn = "SELECT account.end_sign_in(@UserId)";

    // A hash of a password nobody knows: an unknown e-mail takes as long to refuse as a wrong password.
    private static readonly string s_nobodysHash = new PasswordHasher<StoreUser>().HashPassword(new StoreUser(), Guid.NewGuid().ToString());

    public override async Task<SignInResult> PasswordSignInAsync(
        string userName, string password, bool isPersistent, bool lockoutOnFailure)
    {
        var user = await UserManager.FindByNameAsync(userName);
        if (user is null)
        {
            UserManager.PasswordHasher.VerifyHashedPassword(new StoreUser(), s_nobodysHash, password);
            return SignInResult.Failed;
        }

        return await PasswordSignInAsync(user, password, isPersistent, lockoutOnFailure);
    }

    public override async Task<SignInResult> CheckPasswordSignInAsync(StoreUser user, string password, bool lockoutOnFailure)
    {
        if (!await ScalarAsync<bool>("SELECT account.begin_sign_in(@UserId)", user))
        {
            Logger.LogWarning("Account {UserId} is locked; a sign-in was refused", user.UserId);
            return SignInResult.LockedOut;
        }

        if (!await UserManager.CheckPasswordAsync(user, password))
            return SignInResult.Failed;

        // Whoever knows the password must not be able to forget wrong codes by it: only who has both does (below).
        await ScalarAsync<object>(user.HasSecondFactor ? "SELECT account.take_back_sign_in(@UserId)" : EndSignIn, user);
        return SignInResult.Success;
    }

    public override async Task<SignInResult> PasswordSignInAsync(StoreUser user, string password, bool isPersistent, bool lockoutOnFailure)
    {
        var result = await base.PasswordSignInAsync(user, password, isPersistent, lockoutOnFailure);
        if (result.Succeeded && user.HasSecondFactor)
            await ScalarAsync<object>(EndSignIn, user);
        if (result.Succeeded)
            await browsers.NoteAsync(Context, user);
        return result;
    }

    /// <summary>A wrong code counts like a wrong password, and like that before it is looked at.</summary>
    public override Task<SignInResult> TwoFactorAuthenticatorSignInAsync(string code, bool isPersistent, bool rememberClient) =>
        CountedAsync(() => base.TwoFactorAuthenticatorSignInAsync(code, isPersistent, rememberClient));

    /// <summary>So does a wrong recovery code.</summary>
    public override Task<SignInResult> TwoFactorRecoveryCodeSignInAsync(string recoveryCode) =>
        CountedAsync(() => base.TwoFactorRecoveryCodeSignInAsync(recoveryCode));

    /// <summary>As the account says, whether or not its key can be read at this moment.</summary>
    public override Task<bool> IsTwoFactorEnabledAsync(StoreUser user) => Task.FromResult(user.HasSecondFactor);

    /// <summary>Until the account's password or second factor changes, and not for five minutes more.</summary>
    public override async Task<bool> IsTwoFactorClientRememberedAsync(StoreUser user)
    {
        var browser = (await Context.AuthenticateAsync(IdentityConstants.TwoFactorRememberMeScheme)).Principal;
        return browser?.FindFirstValue(ClaimTypes.Name) == await UserManager.GetUserIdAsync(user)
            && browser.FindFirstValue(Options.ClaimsIdentity.SecurityStampClaimType) == user.SecurityStamp;
    }

    private async Task<SignInResult> CountedAsync(Func<Task<SignInResult>> signIn)
    {
        if (await GetTwoFactorAuthenticationUserAsync() is not { } user)
            return SignInResult.Failed;
        if (!await ScalarAsync<bool>("SELECT account.begin_sign_in(@UserId)", user))
        {
            Logger.LogWarning("Account {UserId} is locked; a code was refused", user.UserId);
            return SignInResult.LockedOut;
        }

        var result = await signIn();
        if (result.Succeeded)
        {
            await ScalarAsync<object>(EndSignIn, user);
            await browsers.NoteAsync(Context, user);
        }

        return result;
    }

    /// <summary>The same check for somebody who is signed in. Where it succeeds, the cookie says that the password was entered just now.</summary>
    public async Task<SignInResult> ConfirmPasswordAsync(StoreUser user, string password)
    {
        var result = await CheckPasswordSignInAsync(user, password, lockoutOnFailure: true);
        if (result.Succeeded)
            await RefreshSignInAsync(user);
        return result;
    }

    /// <summary>Every sign-in of an admin ends here, and every one follows a password.</summary>
    public override Task SignInWithClaimsAsync(StoreUser user, AuthenticationProperties? authenticationProperties, IEnumerable<Claim> additionalClaims) =>
        base.SignInWithClaimsAsync(user, authenticationProperties,
            user.Role == StoreUser.AdminRole ? additionalClaims.Append(RecentPassword.Now()) : additionalClaims);

    // No connection is held while a password is hashed: that takes long on purpose, and the pool is everybody's.
    private async Task<T?> ScalarAsync<T>(string sql, StoreUser user)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        return await connection.ExecuteScalarAsync<T>(sql, new { user.UserId });
    }
}
