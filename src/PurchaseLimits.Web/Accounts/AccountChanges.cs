using Dapper;
using Microsoft.AspNetCore.Identity;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Accounts;

/// <summary>
/// What a customer may change about their account, and the mails that belong to it. Mails are written by the functions, in
/// the transaction of what they tell of.
/// </summary>
public sealed class AccountChanges(UserManager<StoreUser> users, StoreDataSources dataSources, WorkSignals signals)
{
    public const string PasswordReset = "password_reset";
    public const string EmailConfirmation = "email_confirmation";
    public const string PasswordChanged = "password_changed";
    public const string NewSignIn = "new_sign_in";

    // As account.change_second_factor names them.
    public const string TwoFactorOn = "two_factor_on";
    public const string TwoFactorOff = "two_factor_off";
    public const string RecoveryCodesRenewed = "recovery_codes_renewed";
    public const string RecoveryCodeUsed = "recovery_code_used";

    /// <summary>Asks for a mail with a link. False: there was one in the last five minutes, or the account is an admin's.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="kind"><see cref="PasswordReset"/> or <see cref="EmailConfirmation"/>.</param>
    public async Task<bool> RequestMailAsync(StoreUser user, string kind)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        var asked = await connection.QuerySingleAsync<bool>(
            "SELECT account.request_mail(@UserId, @kind, @messageKey)",
            new { user.UserId, kind, messageKey = NewKey(kind) });
        signals.Mails.Notify();
        return asked;
    }

    /// <summary>The customer whom a mail's link names; null when the link is not, or no longer, one of ours.</summary>
    /// <param name="userId">As the link has it.</param>
    /// <param name="token">As the link has it.</param>
    /// <param name="kind">The mail's.</param>
    public async Task<StoreUser?> FindByLinkAsync(string? userId, string? token, string kind)
    {
        if (!StrictInput.TryId(userId, out _) || string.IsNullOrEmpty(token)
            || await users.FindByIdAsync(userId!) is not { Role: StoreUser.CustomerRole } user)
        {
            return null;
        }

        var (provider, purpose) = kind == PasswordReset
            ? (users.Options.Tokens.PasswordResetTokenProvider, UserManager<StoreUser>.ResetPasswordTokenPurpose)
            : (users.Options.Tokens.EmailConfirmationTokenProvider, UserManager<StoreUser>.ConfirmEmailTokenPurpose);
        return await users.VerifyUserTokenAsync(user, provider, purpose, token) ? user : null;
    }

    /// <summary>
    /// Sets a customer's password. Every sign-in of theirs ends within five minutes, when its cookie is looked at again.
    /// False: the password was changed by somebody else meanwhile.
    /// </summary>
    public async Task<bool> ChangePasswordAsync(StoreUser user, string password)
    {
        user.PasswordHash = users.PasswordHasher.HashPassword(user, password);
        user.SecurityStamp = Guid.NewGuid().ToString("N");
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        var changed = await connection.QuerySingleAsync<bool>(
            "SELECT account.change_password(@UserId, @StoredSecurityStamp, @PasswordHash, @SecurityStamp, @messageKey)",
            new { user.UserId, user.StoredSecurityStamp, user.PasswordHash, user.SecurityStamp, messageKey = NewKey(PasswordChanged) });
        signals.Mails.Notify();
        return changed;
    }

    /// <summary>The account's e-mail was read by whoever has it. Saying so twice is fine.</summary>
    public async Task ConfirmEmailAsync(StoreUser user)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "UPDATE account.user SET email_confirmed_at = coalesce(email_confirmed_at, clock_timestamp()) WHERE user_id = @UserId",
            new { user.UserId });
    }

    /// <summary>Whether a customer wants mails about how much of a limit is used. Saying the same twice is fine.</summary>
    public async Task SetNoticesAsync(long customerId, bool wanted)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        await connection.ExecuteAsync("SELECT store.set_notices(@customerId, @wanted)", new { customerId, wanted });
    }

    /// <summary>
    /// Makes the user's second factor what <see cref="StoreUser.ProtectedKey"/> says, with new recovery codes; null turns it off.
    /// Every other sign-in of theirs ends within five minutes, and no browser is remembered any more.
    /// </summary>
    /// <returns>The recovery codes, which nobody can read again, none when it is turned off; null when the account was changed meanwhile.</returns>
    public async Task<IReadOnlyList<string>?> ChangeSecondFactorAsync(StoreUser user)
    {
        IReadOnlyList<string>? codes = [];
        if (user.HasSecondFactor)
            codes = (await users.GenerateNewTwoFactorRecoveryCodesAsync(user, RecoveryCode.Count))?.ToList();
        if (codes is null)
            return null;

        var isAdmin = user.Role == StoreUser.AdminRole;
        user.SecurityStamp = Guid.NewGuid().ToString("N");
        await using var connection = await (isAdmin ? dataSources.AdminPages : dataSources.Pages).OpenConnectionAsync();
        var changed = await connection.QuerySingleAsync<bool>(
            isAdmin
                ? "SELECT account.change_admin_second_factor(@UserId, @StoredSecurityStamp, @SecurityStamp, @ProtectedKey, @RecoverySalt, @RecoveryHashes)"
                : "SELECT account.change_customer_second_factor(@UserId, @StoredSecurityStamp, @SecurityStamp, @ProtectedKey, @RecoverySalt, @RecoveryHashes, @messageKey)",
            new
            {
                user.UserId,
                user.StoredSecurityStamp,
                user.SecurityStamp,
                user.ProtectedKey,
                user.RecoverySalt,
                user.RecoveryHashes,
                messageKey = NewKey("second_factor"),
            });
        signals.Mails.Notify();
        return changed ? codes : null;
    }

    internal static string NewKey(string kind) => $"{kind} {Guid.CreateVersion7()}";
}
