using Npgsql;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>The server says no, not the page: what a stolen password of each role could not do.</summary>
public sealed class RolesTests(PostgresServer server) : StoreTest(server)
{
    private static readonly string[] s_moneyTables =
        ["customer", "customer_event", "customer_purchased_amount", "limit_change", "purchase", "purchase_line", "product", "product_price",
         "product_change", "price_import", "price_import_row", "limit_import", "limit_import_row", "category", "store_setting",
         "setting_change", "setting_proposal", "customer_freeze", "admin_right", "admin_right_change",
         "admin_account_change", "notice_opt_out"];

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(10, 10);
        await ExecuteAsync(
            """
            INSERT INTO account.user (role, email, normalized_email, password_hash, security_stamp)
            VALUES ('admin', 'a@example.com', 'A@EXAMPLE.COM', 'h', 's');
            INSERT INTO account.user (customer_id, email, normalized_email, password_hash, security_stamp)
            VALUES (10, 'c@example.com', 'C@EXAMPLE.COM', 'h', 's')
            """);
    }

    [Theory]
    [InlineData("store_web")]
    [InlineData("store_admin")]
    [InlineData("store_worker")]
    public async Task No_role_writes_a_money_table(string role)
    {
        foreach (var table in s_moneyTables)
        {
            Assert.Equal("42501", await StateAsync(role, $"INSERT INTO store.{table} DEFAULT VALUES"));
            Assert.Equal("42501", await StateAsync(role, $"DELETE FROM store.{table}"));
            Assert.Equal("42501", await StateAsync(role, $"TRUNCATE store.{table}"));
        }

        Assert.Equal("42501", await StateAsync(role, "UPDATE store.customer_purchased_amount SET limit_amount = 1000, ceiling = 1000"));
        Assert.Equal("42501", await StateAsync(role, "UPDATE store.store_setting SET default_limit = 1000"));
        Assert.Equal("42501", await StateAsync(role, "UPDATE store.product_price SET valid_to = 'infinity'"));
        Assert.Equal("42501", await StateAsync(role, "SELECT FROM store.customer_purchased_amount FOR UPDATE"));
        Assert.Equal("42501", await StateAsync(role, "CREATE TABLE store.mine (x int)"));
        Assert.Equal("42501", await StateAsync(role, "CREATE TEMPORARY TABLE mine (x int)"));
        Assert.Equal("42501", await StateAsync(role, "SET ROLE store_owner"));
    }

    [Theory]
    [InlineData("store.change_limit(10, gen_random_uuid(), 'lifetime', NULL, 5000, NULL, NULL, 'why', 'admin 1')")]
    [InlineData("store.release_customer(10, 'why', 'admin 1')")]
    [InlineData("store.request_proof('admin 1')")]
    [InlineData("store.set_price(1, 0.01, NULL, 'admin 1')")]
    [InlineData("store.approve_purchase(10, gen_random_uuid(), 100, gen_random_uuid(), 'why', 'admin 1')")]
    [InlineData("store.decline_purchase(10, gen_random_uuid(), 'why', 'admin 1')")]
    [InlineData("store.refund_purchase(10, gen_random_uuid(), gen_random_uuid(), 1, NULL, NULL, 'why', 'admin 1')")]
    [InlineData("store.register_customer(66, 'x', 'y')")]
    [InlineData("store.create_product(gen_random_uuid(), 1, 'x', '', 'mug', 'admin 1')")]
    [InlineData("store.change_product(gen_random_uuid(), 1, 1, 1, 'x', '', 'mug', 'admin 1')")]
    [InlineData("store.withdraw_product(1, 'admin 1')")]
    [InlineData("store.restore_product(1, 'admin 1')")]
    [InlineData("store.take_back_price(1, now(), 1, 'admin 1')")]
    [InlineData("store.record_product_change(1, NULL, 'withdrawn', '{}', '{}', 'admin 1')")]
    [InlineData("store.stage_price_import(gen_random_uuid(), 'x', 'admin 1', '{2}', '{1}', '{1}', '{NULL}', '{NULL}')")]
    [InlineData("store.change_settings(1, 1, 1, 1, 1, 1, '1 hour', '1 day', '1 day', '0', false, true, 1, 1, 'UTC', '{}', 'why', 'admin 1')")]
    [InlineData("store.confirm_price_import(gen_random_uuid(), 'admin 1')")]
    [InlineData("store.cancel_price_import(gen_random_uuid(), 'admin 1')")]
    [InlineData("store.stage_limit_import(gen_random_uuid(), 'x', 'x', 'admin 1')")]
    [InlineData("store.stage_limit_import_rows(gen_random_uuid(), '{2}', '{10}', '{day}', '{1}', '{NULL}', '{NULL}')")]
    [InlineData("store.keep_limit_import(gen_random_uuid())")]
    [InlineData("store.confirm_limit_import(gen_random_uuid(), 'why', 'admin 1')")]
    [InlineData("store.cancel_limit_import(gen_random_uuid(), 'admin 1')")]
    public async Task The_web_executes_no_admins_function(string call)
    {
        Assert.Equal("42501", await StateAsync("store_web", $"SELECT {call}"));
        Assert.Equal("42501", await StateAsync("store_worker", $"SELECT {call}"));
    }

    [Theory]
    [InlineData("store.begin_price_import(gen_random_uuid(), '1 minute')")]
    [InlineData("store.import_prices(gen_random_uuid(), 1)")]
    [InlineData("store.end_price_import(gen_random_uuid(), 'error', NULL)")]
    public async Task Only_the_worker_runs_an_import(string call)
    {
        Assert.Equal("42501", await StateAsync("store_web", $"SELECT {call}"));
        Assert.Equal("42501", await StateAsync("store_admin", $"SELECT {call}"));
        Assert.Equal("42501", await StateAsync("store_worker", "UPDATE store.price_import_progress SET cancel_requested_by = 'x'"));
    }

    [Theory]
    [InlineData("store.announce_limit_import(gen_random_uuid(), 1)")]
    [InlineData("store.switch_limit_import(gen_random_uuid())")]
    [InlineData("store.finish_limit_import(gen_random_uuid())")]
    public async Task Only_the_worker_brings_an_import_of_limits_into_force(string call)
    {
        Assert.Equal("42501", await StateAsync("store_web", $"SELECT {call}"));
        Assert.Equal("42501", await StateAsync("store_admin", $"SELECT {call}"));
        Assert.Equal("42501", await StateAsync("store_worker", "UPDATE store.limit_import_progress SET announced_to = 1"));
    }

    [Fact]
    public async Task Reports_are_read_by_admins_and_refreshed_by_workers_and_written_by_nobody_else()
    {
        foreach (var role in new[] { "store_web", "store_admin", "store_worker" })
        {
            Assert.Equal(role == "store_admin" ? null : "42501", await StateAsync(role, "SELECT FROM report.customer_spend"));
            Assert.Equal(role == "store_admin" ? null : "42501", await StateAsync(role, "SELECT report.request_refresh('admin 1')"));
            Assert.Equal(role == "store_worker" ? null : "42501", await StateAsync(role, "SELECT report.set_mark()"));
            Assert.Equal(role == "store_worker" ? null : "42501", await StateAsync(role, "SELECT report.seal_days(1)"));
            Assert.Equal(role == "store_worker" ? null : "42501", await StateAsync(role, "SELECT report.start_refresh('refunds', '1 hour')"));
            Assert.Equal("42501", await StateAsync(role, "UPDATE report.report SET as_of = now()"));
            Assert.Equal("42501", await StateAsync(role, "INSERT INTO report.mark VALUES ('1', now())"));
            Assert.Equal("42501", await StateAsync(role, "DELETE FROM report.sealed_sales_by_day"));
            Assert.Equal("42501", await StateAsync(role, "REFRESH MATERIALIZED VIEW report.refunds"));
            Assert.Equal("42501", await StateAsync(role, "SELECT report.forget_sealed_days()"));
        }
    }

    [Theory]
    [InlineData("store_admin")]
    [InlineData("store_worker")]
    public async Task Only_the_web_buys(string role) =>
        Assert.Equal("42501", await StateAsync(role, "SELECT store.place_purchase(10, gen_random_uuid(), now(), 20, '{1}', '{1}', '{null}')"));

    [Theory]
    [InlineData("INSERT INTO account.user (role, email, normalized_email, password_hash, security_stamp) VALUES ('admin', 'b', 'b', 'h', 's')", "42501")]
    [InlineData("UPDATE account.user SET role = 'admin', customer_id = NULL", "42501")]
    [InlineData("SELECT xml FROM account.data_protection_key", "42501")]
    [InlineData("DELETE FROM account.user", "42501")]
    [InlineData("SELECT password_hash FROM account.admin", "42501")]
    [InlineData("SELECT account.begin_sign_in(1, 1, '100 years')", "42883")]
    public async Task A_stolen_web_password_makes_no_admin(string sql, string sqlState) =>
        Assert.Equal(sqlState, await StateAsync("store_web", sql));

    [Fact]
    public async Task A_stolen_web_password_takes_no_key_that_a_ledgers_next_event_needs_and_speaks_for_no_admin()
    {
        Assert.Equal("23514", await StateAsync("store_web", "SELECT account.request_mail((SELECT user_id FROM account.user WHERE customer_id = 10), 'password_reset', 'event 2')"));
        Assert.Equal("42501", await StateAsync("store_web", "SELECT store.cancel_purchase(10, gen_random_uuid(), '', 'admin 1')"));
    }

    [Fact]
    public async Task The_web_changes_customers_passwords_and_no_admins()
    {
        Assert.Null(await StateAsync("store_web", "UPDATE account.user SET password_hash = 'stolen'"));

        Assert.Equal(["admin h", "customer stolen"], await QueryAsync<string>("SELECT role || ' ' || password_hash FROM account.user ORDER BY role"));
    }

    [Fact]
    public async Task Each_half_reads_the_passwords_of_its_own_people_only()
    {
        Assert.Equal("42501", await StateAsync("store_admin", "SELECT password_hash FROM account.user"));
        await using var web = await As("store_web").OpenConnectionAsync(Cancelled);
        await using var read = new NpgsqlCommand("SELECT string_agg(role, ' ') FROM account.user", web);
        Assert.Equal("customer", await read.ExecuteScalarAsync(Cancelled));
    }

    [Theory]
    [InlineData("store_web")]
    [InlineData("store_admin")]
    [InlineData("store_worker")]
    public async Task No_role_writes_the_outbox_but_through_a_function(string role)
    {
        Assert.Equal("42501", await StateAsync(role, "INSERT INTO store.outbox_message (customer_id, message_key, kind) VALUES (10, 'x', 'password_reset')"));
        Assert.Equal("42501", await StateAsync(role, "UPDATE store.outbox_message SET sent_at = now()"));
        Assert.Equal("42501", await StateAsync(role, "DELETE FROM store.outbox_message"));
        foreach (var (call, owner) in new[]
                 {
                     ("store.claim_outbox_message('1 minute')", "store_worker"),
                     ("store.mark_outbox_message_sent(10, 'x', 1)", "store_worker"),
                     ("store.mark_outbox_message_failed(10, 'x', 1, 'why', '1 minute', true)", "store_worker"),
                     ("store.retry_outbox_message(10, 'x')", "store_admin"),
                     ("account.request_mail(0, 'password_reset', 'x')", "store_web"),
                     ("account.change_password(0, 's', 'h', 't', 'x')", "store_web"),
                 })
        {
            Assert.Equal(role == owner ? null : "42501", await StateAsync(role, $"SELECT {call}"));
        }
    }

    [Fact]
    public async Task The_worker_knows_where_customers_mails_go_and_nothing_that_signs_anybody_in()
    {
        await using var worker = await As("store_worker").OpenConnectionAsync(Cancelled);
        await using var read = new NpgsqlCommand("SELECT string_agg(email, ' ') FROM account.user", worker);
        Assert.Equal("c@example.com", await read.ExecuteScalarAsync(Cancelled));
        foreach (var column in new[] { "password_hash", "security_stamp", "normalized_email", "*" })
            Assert.Equal("42501", await StateAsync("store_worker", $"SELECT {column} FROM account.user"));
        Assert.Equal("42501", await StateAsync("store_worker", "SELECT email FROM account.admin"));
        Assert.Equal("42501", await StateAsync("store_worker", "SELECT xml FROM account.data_protection_key"));
    }

    [Fact]
    public async Task The_web_sends_an_admin_no_link_and_sets_no_admins_password()
    {
        var admin = await ScalarAsync<long>("SELECT user_id FROM account.user WHERE role = 'admin'");
        await using var web = await As("store_web").OpenConnectionAsync(Cancelled);
        foreach (var call in new[] { $"account.request_mail({admin}, 'password_reset', 'x')", $"account.change_password({admin}, 's', 'stolen', 't', 'x')" })
        {
            await using var command = new NpgsqlCommand($"SELECT {call}", web);
            Assert.Equal(false, await command.ExecuteScalarAsync(Cancelled));
        }

        Assert.Equal("PL011", await StateAsync("store_web", "SELECT account.request_mail(1, 'purchase_confirmed', 'x')"));
        Assert.Equal("h", await ScalarAsync<string>("SELECT password_hash FROM account.user WHERE role = 'admin'"));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message"));
    }

    [Fact]
    public async Task Nobody_reads_a_recovery_code_and_the_web_neither_reads_nor_changes_an_admins_second_factor()
    {
        await ExecuteAsync(
            """
            INSERT INTO account.second_factor (user_id, protected_key, recovery_salt)
            SELECT user_id, role, decode(repeat('00', 16), 'hex') FROM account.user
            """);
        await using (var web = await As("store_web").OpenConnectionAsync(Cancelled))
        {
            await using var read = new NpgsqlCommand("SELECT string_agg(protected_key, ' ') FROM account.second_factor", web);
            Assert.Equal("customer", await read.ExecuteScalarAsync(Cancelled));
            var admin = await ScalarAsync<long>("SELECT user_id FROM account.user WHERE role = 'admin'");
            await using var change = new NpgsqlCommand($"SELECT account.change_customer_second_factor({admin}, 's', 't', NULL, NULL, NULL, 'x')", web);
            Assert.Equal(false, await change.ExecuteScalarAsync(Cancelled));
        }

        Assert.Equal("42501", await StateAsync("store_web", "SELECT protected_key FROM account.admin"));
        Assert.Equal("42501", await StateAsync("store_web", "SELECT account.change_admin_second_factor(1, 's', 't', NULL, NULL, NULL)"));
        foreach (var role in new[] { "store_web", "store_admin", "store_worker" })
        {
            Assert.Equal("42501", await StateAsync(role, "SELECT FROM account.recovery_code"));
            Assert.Equal("42501", await StateAsync(role, "SELECT FROM account.used_code"));
            Assert.Equal("42501", await StateAsync(role, "DELETE FROM account.used_code"));
            Assert.Equal("42501", await StateAsync(role, "SELECT FROM account.known_browser"));
            Assert.Equal("42501", await StateAsync(role, "INSERT INTO account.known_browser VALUES (1, 'b', now())"));
            Assert.Equal("42501", await StateAsync(role, "DELETE FROM account.second_factor"));
            Assert.Equal("42501", await StateAsync(role, "INSERT INTO account.second_factor VALUES (1, 'k', 's')"));
            Assert.Equal("42501", await StateAsync(role, "SELECT account.change_second_factor(1, 'admin', 's', 't', NULL, NULL, NULL, 'x', true)"));
            Assert.Equal("42501", await StateAsync(role, "SELECT account.tell_of_account(1, 'two_factor_off', 'x', true)"));
        }

        foreach (var role in new[] { "store_admin", "store_worker" })
            Assert.Equal("42501", await StateAsync(role, "SELECT FROM account.second_factor"));
    }

    [Fact]
    public async Task The_owner_cannot_log_in_and_nothing_waits_for_ever()
    {
        Assert.False(await ScalarAsync<bool>("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'store_owner'"));
        foreach (var role in new[] { "store_web", "store_admin", "store_worker" })
        {
            await using var connection = await As(role).OpenConnectionAsync(Cancelled);
            await using var command = new NpgsqlCommand(
                """
                SELECT concat_ws(' ', current_setting('default_transaction_isolation'), current_setting('lock_timeout'),
                                 current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'))
                """, connection);
            Assert.Equal("serializable 2s 5s 10s", await command.ExecuteScalarAsync(Cancelled));
        }
    }

    /// <summary>The SQLSTATE that a role is answered with; null when it may.</summary>
    private async Task<string?> StateAsync(string role, string sql)
    {
        await using var connection = await As(role).OpenConnectionAsync(Cancelled);
        try
        {
            await using var command = new NpgsqlCommand(sql, connection);
            await command.ExecuteNonQueryAsync(Cancelled);
            return null;
        }
        catch (PostgresException exception)
        {
            return exception.SqlState;
        }
    }
}
