using Dapper;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>The demo store: products, customers with a history, two admins. Only for a private server.</summary>
public static class DemoStore
{
    /// <summary>Every demo account's password. No secret: these accounts exist on private servers only.</summary>
    public const string Password = "purchase-limits";

    public const string AdminEmail = "admin@demo.example";

    /// <summary>A second one: some things take two.</summary>
    public const string SecondAdminEmail = "admin2@demo.example";

    /// <summary>The customer who has bought $480.00 of $500.00.</summary>
    public const string CustomerEmail = "customer10@demo.example";

    /// <summary>Fills an empty store; leaves any other as it is.</summary>
    public static async Task FillAsync(string connectionString, Action<string> say)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.Serializable);
        // Two processes that start at once fill it once.
        await connection.ExecuteAsync("LOCK TABLE store.category IN SHARE ROW EXCLUSIVE MODE");
        if (await connection.ExecuteScalarAsync<bool>("SELECT EXISTS (SELECT FROM store.category)"))
            return;

        say("Filling the demo store.");
        await connection.ExecuteAsync(Script.Named("seed/demo_store.sql").Text);
        await connection.ExecuteAsync(
            """
            INSERT INTO account.user (customer_id, role, email, normalized_email, password_hash, security_stamp,
                                      email_confirmed_at)
            SELECT c.customer_id, 'customer', format('customer%s@demo.example', c.customer_id),
                   upper(format('customer%s@demo.example', c.customer_id)), @Hash, gen_random_uuid()::text,
                   clock_timestamp()
            FROM store.customer c
            ORDER BY c.customer_id
            """,
            new { Hash = AdminAccount.Hash(Password) });
        await AdminAccount.CreateAsync(connection, AdminEmail, Password);
        await AdminRight.GrantAsync(connection, AdminEmail, AdminRight.NoLimit);
        await AdminAccount.CreateAsync(connection, SecondAdminEmail, Password);
        await transaction.CommitAsync();
    }
}
