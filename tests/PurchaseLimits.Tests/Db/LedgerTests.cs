using Npgsql;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>What the database refuses to whoever asks, the owner and a superuser included.</summary>
public sealed class LedgerTests(PostgresServer server) : StoreTest(server)
{
    private const string Event =
        """
        INSERT INTO store.customer_event (customer_id, sequence_number, kind, purchase_id, amount, amount_before, amount_after,
                                          held_before, held_after, limit_at_time, actor, reason)
        VALUES
        """;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(10, 10);
        await NewStore().PlacePurchaseAsync(await RequestAsync(10), Cancelled);
    }

    [Theory]
    [InlineData("UPDATE store.customer_purchased_amount SET amount = 500.01", "23514", "customer_purchased_amount_within_ceiling")]
    [InlineData("UPDATE store.customer_purchased_amount SET amount = -0.01", "23514", "usd_from_zero_to_ten_billion_with_two_decimals")]
    [InlineData("UPDATE store.customer_purchased_amount SET held = 490", "23514", "customer_purchased_amount_within_ceiling")]
    [InlineData("UPDATE store.customer_purchased_amount SET limit_amount = 600", "23514", "customer_purchased_amount_ceiling_covers_the_limit")]
    [InlineData("UPDATE store.customer_purchased_amount SET amount = 30", "23503", "customer_purchased_amount_is_what_the_last_event_says")]
    [InlineData("UPDATE store.customer_purchased_amount SET amount = 600, ceiling = 600", "23503", "customer_purchased_amount_is_what_the_last_event_says")]
    [InlineData("UPDATE store.customer_purchased_amount SET last_sequence_number = 3", "23503", "customer_purchased_amount_is_what_the_last_event_says")]
    [InlineData("UPDATE store.purchase SET total = 20.01", "23514", "purchase_total_never_above_what_was_shown")]
    [InlineData("UPDATE store.purchase SET status = 'free'", "23503", "purchase_status_is_what_its_last_event_says")]
    [InlineData("INSERT INTO store.purchase_line SELECT customer_id, purchase_id, 1, 0, 20, price_valid_from FROM store.purchase_line", "23514", "purchase_line_quantity_from_1_to_99")]
    public async Task A_row_that_breaks_a_rule_is_refused_with_the_rules_name(string sql, string sqlState, string constraint)
    {
        foreach (var role in new[] { "postgres", "store_owner" })
        {
            var error = await RefusedAsync($"SET ROLE {role}; {sql}");
            Assert.Equal((sqlState, constraint), (error.SqlState, error.ConstraintName));
        }
    }

    [Theory]
    [InlineData("(10, 3, 'purchase_confirmed', gen_random_uuid(), 5, 20.01, 25.01, 0, 0, 500, 'x', '')", "23503", "customer_event_begins_where_the_last_ended")]
    [InlineData("(10, 4, 'purchase_confirmed', gen_random_uuid(), 5, 20, 25, 0, 0, 500, 'x', '')", "23503", "customer_event_begins_where_the_last_ended")]
    [InlineData("(10, 2, 'purchase_confirmed', gen_random_uuid(), 5, 0, 5, 0, 0, 500, 'x', '')", "23505", "customer_event_pkey")]
    [InlineData("(10, 3, 'purchase_confirmed', gen_random_uuid(), 5, 20, 26, 0, 0, 500, 'x', '')", "23514", "customer_event_moves_as_it_says")]
    [InlineData("(10, 3, 'purchase_refused', gen_random_uuid(), 500, 20, 520, 0, 0, 500, 'x', '')", "23514", "customer_event_moves_as_it_says")]
    [InlineData("(10, 3, 'purchase_processing', gen_random_uuid(), 5, 20, 20, 0, 5, 500, 'x', '')", "23514", "customer_event_moves_as_it_says")]
    [InlineData("(10, 3, 'purchase_expired', gen_random_uuid(), 5, 20, 20, 0, 0, 500, 'x', '')", "23514", "customer_event_kind_is_known_and_names_its_purchase")]
    [InlineData("(10, 3, 'purchase_refunded', gen_random_uuid(), 5, 20, 15, 0, 0, 500, 'x', 'y')", "23514", "customer_event_kind_is_known_and_names_its_purchase")]
    [InlineData("(10, 3, 'limit_changed', NULL, 0, 20, 10, 0, 0, 500, 'x', 'y')", "23514", "customer_event_moves_as_it_says")]
    [InlineData("(10, 3, 'purchase_confirmed', gen_random_uuid(), 480.01, 20, 500.01, 0, 0, 500, 'x', '')", "23514", "customer_event_purchase_within_limit")]
    [InlineData("(10, 3, 'purchase_refused', gen_random_uuid(), 5, 20, 20, 0, 0, 500, 'x', '')", "23514", "customer_event_purchase_within_limit")]
    [InlineData("(10, 3, 'purchase_confirmed', NULL, 5, 20, 25, 0, 0, 500, 'x', '')", "23514", "customer_event_kind_is_known_and_names_its_purchase")]
    [InlineData("(10, 3, 'gift', NULL, 0, 20, 20, 0, 0, 500, 'x', '')", "23514", "customer_event_kind_is_known_and_names_its_purchase")]
    [InlineData("(10, 3, 'limit_changed', NULL, 0, 20, 20, 0, 0, 600, 'x', '')", "23514", "customer_event_says_who_and_why")]
    [InlineData("(10, 0, 'limit_changed', NULL, 0, 0, 0, 0, 0, 600, 'x', 'y')", "23503", "customer_event_begins_where_the_last_ended")]
    [InlineData("(11, 2, 'limit_changed', NULL, 0, 0, 0, 0, 0, 600, 'x', 'y')", "23503", "customer_event_begins_where_the_last_ended")]
    [InlineData("(11, 1, 'limit_changed', NULL, 0, 0, 0, 0, 0, 600, 'x', 'y')", "23514", "customer_event_first_is_the_registration_at_zero")]
    [InlineData("(10, 3, 'customer_registered', NULL, 0, 20, 20, 0, 0, 600, 'x', 'y')", "23514", "customer_event_first_is_the_registration_at_zero")]
    public async Task An_event_that_breaks_the_chain_is_refused(string values, string sqlState, string constraint)
    {
        var error = await RefusedAsync($"SET ROLE store_owner; {Event} {values}");
        Assert.Equal((sqlState, constraint), (error.SqlState, error.ConstraintName));
    }

    [Theory]
    [InlineData("UPDATE store.customer_event SET reason = 'other'")]
    [InlineData("DELETE FROM store.customer_event")]
    [InlineData("TRUNCATE store.customer_event CASCADE")]
    [InlineData("UPDATE store.purchase_line SET quantity = 2")]
    [InlineData("DELETE FROM store.purchase_line")]
    [InlineData("TRUNCATE store.purchase_line CASCADE")]
    [InlineData("TRUNCATE store.limit_change CASCADE")]
    [InlineData("TRUNCATE store.limit_change_end")]
    [InlineData("TRUNCATE store.limit_request CASCADE")]
    [InlineData("TRUNCATE store.customer_window_amount")]
    [InlineData("DELETE FROM store.customer_purchased_amount")]
    [InlineData("TRUNCATE store.customer_purchased_amount CASCADE")]
    [InlineData("DELETE FROM store.purchase")]
    [InlineData("TRUNCATE store.customer CASCADE")]
    [InlineData("SET session_replication_role = replica; DELETE FROM store.customer_event")]
    public async Task The_ledger_can_be_neither_updated_nor_deleted(string sql)
    {
        var error = await RefusedAsync(sql);
        Assert.Equal("42501", error.SqlState);
        Assert.Contains("append-only", error.MessageText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ledger_goes_not_by_cascade_either()
    {
        // PostgreSQL 18 tells "is still referred to, and may not be" (RESTRICT) from "refers to nothing".
        Assert.Contains((await RefusedAsync("DELETE FROM store.customer")).SqlState, (IEnumerable<string>)[PostgresErrorCodes.ForeignKeyViolation, PostgresErrorCodes.RestrictViolation]);

        // Even a key that somebody made cascade: the guard stops what runs as the owner.
        var error = await RefusedAsync(
            """
            BEGIN;
            CREATE TABLE store.folder (customer_id bigint PRIMARY KEY);
            INSERT INTO store.folder VALUES (10);
            ALTER TABLE store.customer_event ADD CONSTRAINT by_cascade
                FOREIGN KEY (customer_id) REFERENCES store.folder (customer_id) ON DELETE CASCADE;
            DELETE FROM store.folder;
            COMMIT
            """);
        Assert.Equal("42501", error.SqlState);
    }

    [Theory]
    [InlineData("0.005")]
    [InlineData("'NaN'")]
    [InlineData("'Infinity'")]
    [InlineData("10000000000")]
    [InlineData("'-0.01'")]
    public async Task Usd_is_a_number_from_zero_to_ten_billion_with_two_decimals(string amount)
    {
        foreach (var sql in new[]
                 {
                     $"SELECT {amount}::store.usd",
                     $"UPDATE store.customer_purchased_amount SET limit_amount = {amount}, ceiling = {amount}",
                     $"UPDATE store.store_setting SET default_limit = {amount}",
                 })
        {
            var error = await RefusedAsync(sql);
            Assert.Equal(("23514", "usd_from_zero_to_ten_billion_with_two_decimals"), (error.SqlState, error.ConstraintName));
        }
    }

    private Task<PostgresException> RefusedAsync(string sql) => Assert.ThrowsAsync<PostgresException>(async () =>
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString("postgres")) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Cancelled);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(Cancelled);
    });
}
