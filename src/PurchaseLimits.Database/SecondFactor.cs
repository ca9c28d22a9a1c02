using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>For who lost the phone and the recovery codes: an operator, who has made sure who is asking, takes the second factor off.</summary>
public static class SecondFactor
{
    /// <returns>False where there was none.</returns>
    /// <exception cref="MigrationException">There is no such account.</exception>
    public static async Task<bool> RemoveAsync(NpgsqlConnection connection, string email) =>
        await connection.ExecuteScalarAsync<bool?>(
            """
            SELECT account.change_second_factor(u.user_id, u.role, u.security_stamp, @securityStamp, NULL, NULL, NULL, @messageKey, true)
            FROM account.user u
            WHERE u.normalized_email = @normalizedEmail
            """,
            new
            {
                normalizedEmail = AdminAccount.Normalize(email),
                securityStamp = Guid.NewGuid().ToString("N"),
                messageKey = $"second_factor {Guid.CreateVersion7()}",
            })
        ?? throw new MigrationException($"There is no account with {email}.");
}
