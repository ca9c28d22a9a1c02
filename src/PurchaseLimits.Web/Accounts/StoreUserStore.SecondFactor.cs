using System.Security.Cryptography;
using Dapper;
using Microsoft.AspNetCore.Identity;

namespace PurchaseLimits.Web.Accounts;

// The second factor: the key of an authenticator app, and recovery codes. What these set is in the user alone until
// AccountChanges.ChangeSecondFactorAsync writes it, all together.
public sealed partial class StoreUserStore
    : IUserTwoFactorStore<StoreUser>, IUserAuthenticatorKeyStore<StoreUser>, IUserTwoFactorRecoveryCodeStore<StoreUser>
{
    public Task<bool> GetTwoFactorEnabledAsync(StoreUser user, CancellationToken cancellationToken) => Task.FromResult(user.HasSecondFactor);

    /// <summary>Not offered: whoever has a key has it on.</summary>
    public Task SetTwoFactorEnabledAsync(StoreUser user, bool enabled, CancellationToken cancellationToken) =>
        throw new NotSupportedException("AccountChanges turns it on and off.");

    public Task<string?> GetAuthenticatorKeyAsync(StoreUser user, CancellationToken cancellationToken)
    {
        var key = user.ProtectedKey is { } protectedKey ? keys.ReadOrNull(user, protectedKey) : null;
        // Nobody gets in by that: no code is right then. The account's recovery codes still are.
        if (key is null && user.HasSecondFactor)
            logger.LogError("The authenticator key of account {UserId} cannot be read with the store's keys", user.UserId);
        return Task.FromResult(key);
    }

    public Task SetAuthenticatorKeyAsync(StoreUser user, string key, CancellationToken cancellationToken)
    {
        user.ProtectedKey = keys.Protect(user, key);
        return Task.CompletedTask;
    }

    public Task ReplaceCodesAsync(StoreUser user, IEnumerable<string> recoveryCodes, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        user.RecoverySalt = salt;
        user.RecoveryHashes = [.. recoveryCodes.Select(code => RecoveryCode.Hash(code, salt))];
        return Task.CompletedTask;
    }

    /// <summary>Takes the code: true for one request, however many come with it at once.</summary>
    public async Task<bool> RedeemCodeAsync(StoreUser user, string code, CancellationToken cancellationToken)
    {
        if (user.RecoverySalt is not { } salt)
            return false;
        var hash = RecoveryCode.Hash(code, salt);
        await using var connection = await dataSources.Pages.OpenConnectionAsync(cancellationToken);
        return await connection.QuerySingleAsync<bool>(
            "SELECT account.redeem_recovery_code(@UserId, @hash, @messageKey)",
            new { user.UserId, hash, messageKey = AccountChanges.NewKey(AccountChanges.RecoveryCodeUsed) });
    }

    public async Task<int> CountCodesAsync(StoreUser user, CancellationToken cancellationToken)
    {
        await using var connection = await dataSources.Pages.OpenConnectionAsync(cancellationToken);
        return (int)await connection.QuerySingleAsync<long>("SELECT account.count_recovery_codes(@UserId)", new { user.UserId });
    }
}
