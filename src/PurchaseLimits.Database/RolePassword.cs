using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>Gives the store's roles their logins.</summary>
internal static class RolePassword
{
    // RFC 7677 asks for at least 4096 rounds; it is also PostgreSQL's own number.
    private const int Iterations = 4096;

    /// <summary>
    /// Lets <paramref name="role"/> log in with <paramref name="password"/>. Only the SCRAM verifier is sent, so that no log
    /// of the server can show the password. Letters outside ASCII would need SASLprep first and are refused.
    /// </summary>
    public static async Task SetAsync(NpgsqlConnection connection, string role, string password)
    {
        if (password.Length == 0 || !password.All(c => c is >= ' ' and <= '~'))
            throw new MigrationException($"The password of {role} must be printable ASCII and not empty.");

        // A verifier holds base64, digits and three marks: nothing that needs quoting. Role names are ours.
        await using var command = new NpgsqlCommand($"ALTER ROLE {role} LOGIN PASSWORD '{Verifier(password)}'", connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>RFC 5802, section 3, as PostgreSQL keeps it in pg_authid.rolpassword.</summary>
    private static string Verifier(string password)
    {
        var salt = RandomNumberGenerator.GetBytes(16);
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes("Client Key"));
        var serverKey = HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes("Server Key"));
        var storedKey = SHA256.HashData(clientKey);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }
}
