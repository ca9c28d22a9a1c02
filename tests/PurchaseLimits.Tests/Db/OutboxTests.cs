using Dapper;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Db;

public sealed class OutboxTests(PostgresServer server) : StoreTest(server)
{
    private const string Claim = "SELECT message_key || ' ' || attempt_count FROM store.claim_outbox_message('1 minute')";

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddCustomersAsync(1, 1);
        await ExecuteAsync(
            """
            INSERT INTO store.outbox_message (customer_id, message_key, kind, next_attempt_at, sent_at, parked_at)
            VALUES (1, 'second', 'password_changed', now() - interval '1 minute', NULL, NULL),
                   (1, 'first', 'password_changed', now() - interval '2 minutes', NULL, NULL),
                   (1, 'later', 'password_changed', now() + interval '1 minute', NULL, NULL),
                   (1, 'sent', 'password_changed', now() - interval '1 hour', now(), NULL),
                   (1, 'parked', 'password_changed', now() - interval '1 hour', NULL, now())
            """);
    }

    [Fact]
    public async Task The_one_that_is_due_longest_is_claimed_once_while_its_lease_lasts()
    {
        Assert.Equal("first 1", await ClaimAsync());
        Assert.Equal("second 1", await ClaimAsync());
        Assert.Null(await ClaimAsync());

        await EndLeasesAsync();
        Assert.Equal("first 2", await ClaimAsync());
    }

    [Fact]
    public async Task Two_that_claim_at_the_same_moment_claim_two_messages()
    {
        await using var one = await As("store_worker").OpenConnectionAsync(Cancelled);
        await using var transaction = await one.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, Cancelled);
        Assert.Equal("first 1", await one.ExecuteScalarAsync<string>(Claim));

        Assert.Equal("second 1", await ClaimAsync());
        Assert.Null(await ClaimAsync());
    }

    [Theory]
    [InlineData("SELECT store.mark_outbox_message_sent(1, 'first', {0})")]
    [InlineData("SELECT store.mark_outbox_message_failed(1, 'first', {0}, 'why', '1 hour', true)")]
    public async Task Whose_lease_ran_out_marks_nothing(string mark)
    {
        await ClaimAsync();
        await EndLeasesAsync();
        await ClaimAsync();

        Assert.False(await MarkAsync(Attempt(1)));
        Assert.Equal(0, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message WHERE message_key = 'first' AND (sent_at IS NOT NULL OR parked_at IS NOT NULL)"));
        Assert.True(await MarkAsync(Attempt(2)));
        Assert.False(await MarkAsync(Attempt(2)));

        string Attempt(int count) => mark.Replace("{0}", $"{count}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_error_is_cut_and_a_parked_message_is_due_again_when_an_admin_says_so()
    {
        await ClaimAsync();
        Assert.True(await MarkAsync("SELECT store.mark_outbox_message_failed(1, 'first', 1, repeat('x', 600), '1 hour', true)"));
        Assert.Equal(500, await ScalarAsync<int>("SELECT length(last_error) FROM store.outbox_message WHERE message_key = 'first'"));

        await using var admin = await As("store_admin").OpenConnectionAsync(Cancelled);
        Assert.True(await admin.ExecuteScalarAsync<bool>("SELECT store.retry_outbox_message(1, 'first')"));
        Assert.False(await admin.ExecuteScalarAsync<bool>("SELECT store.retry_outbox_message(1, 'first')"));
        Assert.False(await admin.ExecuteScalarAsync<bool>("SELECT store.retry_outbox_message(1, 'sent')"));

        Assert.Equal("second 1", await ClaimAsync());
        // Not 1: a worker that still has the first attempt in hand must not pass for this one.
        Assert.Equal("first 2", await ClaimAsync());
    }

    [Fact]
    public async Task Two_requests_at_once_are_one_mail()
    {
        await ExecuteAsync(
            """
            INSERT INTO account.user (customer_id, email, normalized_email, password_hash, security_stamp)
            VALUES (1, 'c@example.com', 'C@EXAMPLE.COM', 'h', 's')
            """);
        const string ask = "SELECT account.request_mail((SELECT user_id FROM account.user), 'password_reset', 'password_reset ' || gen_random_uuid())";
        await using var one = await As("store_web").OpenConnectionAsync(Cancelled);
        await using var transaction = await one.BeginTransactionAsync(System.Data.IsolationLevel.ReadCommitted, Cancelled);
        Assert.True(await one.ExecuteScalarAsync<bool>(ask));

        await using var other = await As("store_web").OpenConnectionAsync(Cancelled);
        await other.ExecuteAsync("SET default_transaction_isolation = 'read committed'");
        var asked = other.ExecuteScalarAsync<bool>(ask);
        await UntilAsync(
            "SELECT count(*) = 1 OR @answered FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
            new { answered = asked.IsCompleted });
        await transaction.CommitAsync(Cancelled);

        Assert.False(await asked);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.outbox_message WHERE kind = 'password_reset'"));
    }

    private async Task<string?> ClaimAsync()
    {
        await using var connection = await As("store_worker").OpenConnectionAsync(Cancelled);
        await connection.ExecuteAsync("SET default_transaction_isolation = 'read committed'");
        return await connection.ExecuteScalarAsync<string>(Claim);
    }

    private async Task<bool> MarkAsync(string sql)
    {
        await using var connection = await As("store_worker").OpenConnectionAsync(Cancelled);
        return await connection.ExecuteScalarAsync<bool>(sql);
    }

    private Task EndLeasesAsync() => ExecuteAsync(
        "UPDATE store.outbox_message SET next_attempt_at = created_at - interval '1 hour' WHERE message_key = 'first'");
}
