using System.Net;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Database;

public sealed class AdminAccountTests(PostgresServer server) : StoreWebTest(server)
{
    private const string New = "another long password";

    [Fact]
    public async Task An_operator_gives_an_admin_a_new_password_and_the_old_one_ends()
    {
        await AddAdminAsync();
        await ExecuteAsync("UPDATE account.user SET failed_sign_in_count = 5, locked_until = now() + interval '5 minutes'");

        await using (var connection = await Superuser.OpenConnectionAsync(Cancelled))
            await AdminAccount.SetPasswordAsync(connection, "Admin@example.com", New);

        using var shopper = Web.NewShopper();
        await shopper.SignInAsync("admin@example.com", New);
        Assert.NotEqual("stamp", await ScalarAsync<string>("SELECT security_stamp FROM account.user"));
        using var late = Web.NewShopper();
        var refused = await late.SubmitAsync(await late.GetAsync("/sign-in"), "form[action='/sign-in']",
            ("email", "admin@example.com"), ("password", Password));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
    }

    [Theory]
    [InlineData("customer10@example.com", New)]
    [InlineData("nobody@example.com", New)]
    [InlineData("admin@example.com", "short")]
    public async Task Who_is_no_admin_and_what_is_too_short_is_refused(string email, string password)
    {
        await AddAdminAsync();
        await AddSignInsAsync(10, 10);
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);

        await Assert.ThrowsAsync<MigrationException>(() => AdminAccount.SetPasswordAsync(connection, email, password));
        Assert.Equal(2, await ScalarAsync<long>("SELECT count(*) FROM account.user WHERE security_stamp = 'stamp'"));
    }

    [Fact]
    public async Task An_operator_takes_off_a_second_factor_that_was_lost_and_that_is_written_down()
    {
        await AddAdminAsync();
        await AddSignInsAsync(10, 10);
        await ExecuteAsync(
            """
            INSERT INTO account.second_factor (user_id, protected_key, recovery_salt)
            SELECT user_id, 'lost', decode(repeat('00', 16), 'hex') FROM account.user;
            INSERT INTO account.recovery_code (user_id, code_hash)
            SELECT user_id, decode(repeat('00', 32), 'hex') FROM account.user
            """);
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);

        foreach (var email in new[] { "Admin@example.com", "customer10@example.com" })
        {
            Assert.True(await SecondFactor.RemoveAsync(connection, email));
            Assert.False(await SecondFactor.RemoveAsync(connection, email));
            using var shopper = await SignedInAsync(email);
        }

        await Assert.ThrowsAsync<MigrationException>(() => SecondFactor.RemoveAsync(connection, "nobody@example.com"));
        var admin = await ScalarAsync<long>("SELECT user_id FROM account.user WHERE role = 'admin'");
        Assert.Equal([$"account_two_factor_off operator admin {admin}"], await QueryAsync<string>("SELECT concat_ws(' ', kind, actor, new_value) FROM store.audit_entry"));
        Assert.Equal(["10 two_factor_off"], await QueryAsync<string>("SELECT customer_id || ' ' || kind FROM store.outbox_message"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM account.user WHERE security_stamp = 'stamp'"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM account.recovery_code"));
    }
}
