using Dapper;
using Microsoft.AspNetCore.Identity;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>Makes admins and gives them new passwords. There is none by default, and the web can do neither.</summary>
public static class AdminAccount
{
    public const int MinPasswordLength = 10;

    /// <summary>What the sign-in page takes.</summary>
    public const int MaxPasswordLength = 200;

    /// <returns>The new account's number.</returns>
    /// <exception cref="MigrationException">The e-mail is taken or no e-mail, or the password is too short or too long.</exception>
    public static async Task<long> CreateAsync(NpgsqlConnection connection, string email, string password)
    {
        if (email.Length is < 3 or > 254 || !email.All(char.IsAscii) || !System.Net.Mail.MailAddress.TryCreate(email, out var address) || address.Address != email)
            throw new MigrationException($"'{email}' is no e-mail address.");
        CheckLength(password);
        var userId = await connection.ExecuteScalarAsync<long?>(
            """
            INSERT INTO account.user (role, email, normalized_email, password_hash, security_stamp)
            VALUES ('admin', @email, @normalizedEmail, @hash, @securityStamp)
            ON CONFLICT (normalized_email) DO NOTHING
            RETURNING user_id
            """,
            new
            {
                email,
                normalizedEmail = Normalize(email),
                hash = Hash(password),
                securityStamp = Guid.NewGuid().ToString("N"),
            });
        return userId ?? throw new MigrationException($"There is an account with {email} already; it was left as it is.");
    }

    /// <summary>Gives an admin a new password, ends every sign-in with the old one and forgets wrong guesses.</summary>
    /// <returns>The account's number.</returns>
    /// <exception cref="MigrationException">There is no such admin, or the password is too short or too long.</exception>
    public static async Task<long> SetPasswordAsync(NpgsqlConnection connection, string email, string password)
    {
        CheckLength(password);
        var userId = await connection.ExecuteScalarAsync<long?>(
            """
            UPDATE account.user
            SET password_hash = @hash,
                security_stamp = @securityStamp,
                failed_sign_in_count = 0,
                locked_until = NULL
            WHERE normalized_email = @normalizedEmail
              AND role = 'admin'
            RETURNING user_id
            """,
            new { normalizedEmail = Normalize(email), hash = Hash(password), securityStamp = Guid.NewGuid().ToString("N") });
        return userId ?? throw new MigrationException($"There is no admin with {email}. Customers choose a new password themselves, by mail.");
    }

    private static void CheckLength(string password)
    {
        if (password.Length is < MinPasswordLength or > MaxPasswordLength)
            throw new MigrationException($"The password must have {MinPasswordLength} to {MaxPasswordLength} characters.");
    }

    internal static string Normalize(string email) => new UpperInvariantLookupNormalizer().NormalizeEmail(email);

    /// <summary>As ASP.NET Core Identity writes and reads it.</summary>
    internal static string Hash(string password) => new PasswordHasher<object>().HashPassword(new object(), password);
}
