using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>What some admins may do and others may not. Operators say who; the web can neither give nor take a right.</summary>
public static class AdminRight
{
    /// <summary>To take a customer's limit away.</summary>
    public const string NoLimit = "no_limit";

    public static IReadOnlyList<string> Known { get; } = [NoLimit];

    /// <returns>False where they had it already.</returns>
    /// <exception cref="MigrationException">There is no such admin or no such right.</exception>
    public static Task<bool> GrantAsync(NpgsqlConnection connection, string email, string right) => ChangeAsync(
        connection, email, right, isGranted: true,
        "INSERT INTO store.admin_right (actor, right_name) VALUES (@actor, @right) ON CONFLICT DO NOTHING");

    /// <returns>False where they did not have it.</returns>
    /// <exception cref="MigrationException">There is no such admin or no such right.</exception>
    public static Task<bool> RevokeAsync(NpgsqlConnection connection, string email, string right) => ChangeAsync(
        connection, email, right, isGranted: false,
        "DELETE FROM store.admin_right WHERE actor = @actor AND right_name = @right");

    // The change and its line in the audit are one statement: neither is there without the other.
    private static async Task<bool> ChangeAsync(NpgsqlConnection connection, string email, string right, bool isGranted, string change)
    {
        if (!Known.Contains(right))
            throw new MigrationException($"There is no right '{right}'. There is: {string.Join(", ", Known)}.");
        var userId = await connection.ExecuteScalarAsync<long?>(
            "SELECT u.user_id FROM account.user u WHERE u.normalized_email = @normalizedEmail AND u.role = 'admin'",
            new { normalizedEmail = AdminAccount.Normalize(email) })
            ?? throw new MigrationException($"There is no admin with {email}.");
        return await connection.ExecuteAsync(
            $"""
            WITH changed AS ({change} RETURNING actor, right_name)
            INSERT INTO store.admin_right_change (actor, right_name, occurred_at, is_granted)
            SELECT c.actor, c.right_name, clock_timestamp(), @isGranted
            FROM changed c
            """,
            new { actor = $"admin {userId}", right, isGranted }) == 1;
    }
}
