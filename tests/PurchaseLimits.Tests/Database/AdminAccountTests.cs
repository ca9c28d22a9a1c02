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
}
