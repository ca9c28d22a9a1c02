using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Accounts;
using Xunit;

namespace PurchaseLimits.Tests.Web.Accounts;

public sealed class DatabaseKeysTests(PostgresServer server) : StoreTest(server)
{
    /// <summary>Both look, find no key and are about to make one: that must come to one, or each has cookies that the other refuses.</summary>
    [Fact]
    public async Task Two_processes_that_start_at_once_on_an_empty_database_make_one_key()
    {
        await using var first = NewProcess();
        await using var second = NewProcess();
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await connection.BeginTransactionAsync(Cancelled);
        await using (var command = connection.CreateCommand())
        {
            // It lets everybody read, and nobody write.
            command.CommandText = "LOCK TABLE account.data_protection_key IN EXCLUSIVE MODE";
            await command.ExecuteNonQueryAsync(Cancelled);
        }

        var starting = new[] { first, second }.Select(process => Task.Run(() => DatabaseKeys.PrepareAsync(process))).ToList();
        await UntilAsync("SELECT count(*) = 2 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'");
        await transaction.CommitAsync(Cancelled);
        await Task.WhenAll(starting);

        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM account.data_protection_key"));
        var cookie = first.GetDataProtectionProvider().CreateProtector("cookie").Protect("somebody");
        Assert.Equal("somebody", second.GetDataProtectionProvider().CreateProtector("cookie").Unprotect(cookie));
    }

    private ServiceProvider NewProcess()
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().Build());
        services.AddLogging();
        // A busy machine may take longer than its role waits until both are there.
        var admin = new NpgsqlConnectionStringBuilder(ConnectionString("store_admin")) { Options = "-c lock_timeout=30s -c statement_timeout=30s" };
        services.AddStore(ConnectionString("store_web"), admin.ConnectionString, ConnectionString("store_worker"));
        services.AddWorkers(new ConfigurationBuilder().Build());
        services.AddAccounts(isDevelopment: true);
        return services.BuildServiceProvider();
    }
}
