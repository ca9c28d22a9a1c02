using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Database;

public sealed class AdminRightTests(PostgresServer server) : StoreTest(server)
{
    [Fact]
    public async Task An_operator_gives_a_right_and_takes_it_and_both_are_written_down_once()
    {
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        var userId = await AdminAccount.CreateAsync(connection, "anna@example.com", "a long password");

        Assert.True(await AdminRight.GrantAsync(connection, "Anna@example.com", "no_limit"));
        Assert.False(await AdminRight.GrantAsync(connection, "anna@example.com", "no_limit"));
        Assert.Equal([$"admin {userId} no_limit"], await QueryAsync<string>("SELECT concat_ws(' ', actor, right_name) FROM store.admin_right"));

        Assert.True(await AdminRight.RevokeAsync(connection, "anna@example.com", "no_limit"));
        Assert.False(await AdminRight.RevokeAsync(connection, "anna@example.com", "no_limit"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.admin_right"));
        Assert.Equal([$"setting_right_granted no_limit admin {userId}", $"setting_right_taken no_limit admin {userId}"],
            await QueryAsync<string>("SELECT concat_ws(' ', kind, detail, new_value) FROM store.audit_entry ORDER BY happened_at"));
    }

    [Theory]
    [InlineData("nobody@example.com", "no_limit")]
    [InlineData("customer@example.com", "no_limit")]
    [InlineData("anna@example.com", "everything")]
    public async Task Who_is_no_admin_and_what_is_no_right_is_refused(string email, string right)
    {
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        await AdminAccount.CreateAsync(connection, "anna@example.com", "a long password");
        await AddCustomersAsync(10, 10);
        await ExecuteAsync(
            """
            INSERT INTO account.user (customer_id, email, normalized_email, password_hash, security_stamp)
            VALUES (10, 'customer@example.com', 'CUSTOMER@EXAMPLE.COM', 'h', 's')
            """);

        await Assert.ThrowsAsync<MigrationException>(() => AdminRight.GrantAsync(connection, email, right));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.admin_right"));
    }
}
