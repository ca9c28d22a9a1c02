using Dapper;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace PurchaseLimits.Web.Accounts;

/// <summary>ASP.NET Core Identity's users in <c>account.user</c>. The user name is the e-mail.</summary>
public sealed partial class StoreUserStore(StoreDataSources dataSources, Store store, AuthenticatorKeys keys, ILogger<StoreUserStore> logger)
    : IUserPasswordStore<StoreUser>, IUserEmailStore<StoreUser>, IUserSecurityStampStore<StoreUser>
{
    /// <summary>The error's code when the account could not be opened now; nothing about it was wrong.</summary>
    public const string BusyCode = "Busy";

    private const string Columns =
        "user_id, customer_id, role, email, normalized_email, password_hash, security_stamp, security_stamp AS stored_security_stamp, "
        + "email_confirmed_at IS NOT NULL AS email_confirmed, protected_key, recovery_salt, enabled_at";

    /// <summary>Opens a customer's account. Admins are made by <c>PurchaseLimits.Database -- create-admin</c> only.</summary>
    public async Task<IdentityResult> CreateAsync(StoreUser user, CancellationToken cancellationToken)
    {
        var reply = await store.OpenAccountAsync(
            new AccountRequest(user.Email, user.NormalizedEmail, user.PasswordHash, user.SecurityStamp, user.DisplayName));
        switch (reply.Outcome)
        {
            case AccountOutcome.Opened:
                user.UserId = reply.UserId!.Value;
                user.CustomerId = reply.CustomerId;
                return IdentityResult.Success;
            case AccountOutcome.EmailTaken:
                return IdentityResult.Failed(new IdentityErrorDescriber().DuplicateEmail(user.Email));
            default:
                return IdentityResult.Failed(new IdentityError
                {
                    Code = BusyCode,
                    Description = "The store is busy. Please try again in a moment.",
                });
        }
    }

    /// <summary>
    /// Writes a hash that was made anew with today's rounds, unless the password was changed meanwhile. A new password and a second
    /// factor are <see cref="AccountChanges"/>'s. Nothing that this writes is the web's to change in an admin's account.
    /// </summary>
    public async Task<IdentityResult> UpdateAsync(StoreUser user, CancellationToken cancellationToken)
    {
        if (user.Role == StoreUser.AdminRole)
        {
            user.SecurityStamp = user.StoredSecurityStamp;
            return IdentityResult.Success;
        }

        await using var connection = await dataSources.Pages.OpenConnectionAsync(cancellationToken);
        var changed = await connection.ExecuteAsync(
            """
            UPDATE account.user
            SET password_hash = @PasswordHash,
                security_stamp = @SecurityStamp
            WHERE user_id = @UserId
              AND security_stamp = @StoredSecurityStamp
            """,
            new { user.UserId, user.PasswordHash, user.SecurityStamp, user.StoredSecurityStamp });
        if (changed != 1)
            return IdentityResult.Failed(new IdentityErrorDescriber().ConcurrencyFailure());
        user.StoredSecurityStamp = user.SecurityStamp;
        return IdentityResult.Success;
    }

    /// <summary>Not offered: an account belongs to a ledger that never forgets.</summary>
    public Task<IdentityResult> DeleteAsync(StoreUser user, CancellationToken cancellationToken) =>
        Task.FromResult(IdentityResult.Failed(new IdentityError { Code = "Kept", Description = "Accounts are not deleted." }));

    public Task<StoreUser?> FindByIdAsync(string userId, CancellationToken cancellationToken) =>
        FindAsync("WHERE user_id = @Key", long.Parse(userId, System.Globalization.CultureInfo.InvariantCulture));

    public Task<StoreUser?> FindByNameAsync(string normalizedUserName, CancellationToken cancellationToken) =>
        FindAsync("WHERE normalized_email = @Key", normalizedUserName);

    public Task<StoreUser?> FindByEmailAsync(string normalizedEmail, CancellationToken cancellationToken) =>
        FindAsync("WHERE normalized_email = @Key", normalizedEmail);

    public Task<string> GetUserIdAsync(StoreUser user, CancellationToken cancellationToken) =>
        Task.FromResult(user.UserId.ToString(System.Globalization.CultureInfo.InvariantCulture));

    public Task<string?> GetUserNameAsync(StoreUser user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Email);

    public Task SetUserNameAsync(StoreUser user, string? userName, CancellationToken cancellationToken) =>
        SetEmailAsync(user, userName, cancellationToken);

    public Task<string?> GetNormalizedUserNameAsync(StoreUser user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.NormalizedEmail);

    public Task SetNormalizedUserNameAsync(StoreUser user, string? normalizedName, CancellationToken cancellationToken) =>
        SetNormalizedEmailAsync(user, normalizedName, cancellationToken);

    public Task<string?> GetEmailAsync(StoreUser user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.Email);

    public Task SetEmailAsync(StoreUser user, string? email, CancellationToken cancellationToken)
    {
        user.Email = email ?? "";
        return Task.CompletedTask;
    }

    public Task<bool> GetEmailConfirmedAsync(StoreUser user, CancellationToken cancellationToken) => Task.FromResult(user.EmailConfirmed);

    /// <summary>Not offered: <see cref="AccountChanges.ConfirmEmailAsync"/> does it, and writes nothing else with it.</summary>
    public Task SetEmailConfirmedAsync(StoreUser user, bool confirmed, CancellationToken cancellationToken) =>
        throw new NotSupportedException("AccountChanges confirms e-mails.");

    public Task<string?> GetNormalizedEmailAsync(StoreUser user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.NormalizedEmail);

    public Task SetNormalizedEmailAsync(StoreUser user, string? normalizedEmail, CancellationToken cancellationToken)
    {
        user.NormalizedEmail = normalizedEmail ?? "";
        return Task.CompletedTask;
    }

    public Task SetPasswordHashAsync(StoreUser user, string? passwordHash, CancellationToken cancellationToken)
    {
        user.PasswordHash = passwordHash ?? "";
        return Task.CompletedTask;
    }

    public Task<string?> GetPasswordHashAsync(StoreUser user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.PasswordHash);

    public Task<bool> HasPasswordAsync(StoreUser user, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task SetSecurityStampAsync(StoreUser user, string stamp, CancellationToken cancellationToken)
    {
        user.SecurityStamp = stamp;
        return Task.CompletedTask;
    }

    public Task<string?> GetSecurityStampAsync(StoreUser user, CancellationToken cancellationToken) =>
        Task.FromResult<string?>(user.SecurityStamp);

    public void Dispose()
    {
        // Holds nothing: connections are opened and returned by each call.
    }

    /// <summary>Customers as store_web, admins as store_admin: a stolen web password reads no admin's hash.</summary>
    private async Task<StoreUser?> FindAsync(string where, object key) =>
        await FindAsync(dataSources.Pages, "account.user LEFT JOIN account.second_factor USING (user_id)", where, key)
        ?? await FindAsync(dataSources.AdminPages, "account.admin", where, key);

    private static async Task<StoreUser?> FindAsync(NpgsqlDataSource source, string relation, string where, object key)
    {
        await using var connection = await source.OpenConnectionAsync();
        return await connection.QuerySingleOrDefaultAsync<StoreUser>($"SELECT {Columns} FROM {relation} {where}", new { Key = key });
    }
}
