using Dapper;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Store;

/// <summary>
/// Something breaks while a purchase is being decided. It is there exactly once or not at all, and the caller ends with
/// the truth.
/// </summary>
public sealed class FailureTests(PostgresServer server) : StoreTest(server)
{
    private TcpProxy _wire = null!;
    private PurchaseLimits.Web.Store _store = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 1);
        var direct = new NpgsqlConnectionStringBuilder(ConnectionString("store_web"));
        _wire = Own(new TcpProxy(direct.Host!, direct.Port));
        _store = NewStore(storeConnection: new NpgsqlConnectionStringBuilder(direct.ConnectionString)
        {
            Host = "127.0.0.1",
            Port = _wire.Port,
            SslMode = SslMode.Disable,
        }.ConnectionString);
    }

    [Fact]
    public async Task A_wire_cut_before_the_call_reaches_the_server_buys_once()
    {
        var request = await RequestAsync(1);
        var cuts = 0;
        _wire.Request = bytes => !Holds(bytes, "place_purchase") || Interlocked.Increment(ref cuts) > 1;

        var reply = await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal((PurchaseOutcome.Confirmed, 2), (reply.Outcome, cuts));
        await AssertBoughtOnceAsync(request);
    }

    [Fact]
    public async Task A_wire_cut_after_COMMIT_buys_once_and_the_caller_hears_of_it()
    {
        var request = await RequestAsync(1);
        var cuts = 0;
        // The answer is made after COMMIT: who withholds it knows that the purchase is there.
        _wire.Reply = bytes => !Holds(bytes, "confirmed") || Interlocked.Increment(ref cuts) > 1;

        var reply = await _store.PlacePurchaseAsync(request, Cancelled);

        Assert.Equal((PurchaseOutcome.AlreadyRecorded, "confirmed", 20.00m), (reply.Outcome, reply.Status, reply.Total));
        await AssertBoughtOnceAsync(request);
    }

    [Fact]
    public async Task A_wire_cut_again_and_again_ends_in_doubt_and_the_same_key_tells_later()
    {
        var request = await RequestAsync(1);
        _wire.Reply = bytes => !Holds(bytes, "confirmed");

        Assert.Equal(PurchaseOutcome.InDoubt, (await _store.PlacePurchaseAsync(request, Cancelled)).Outcome);

        _wire.Reply = _ => true;
        Assert.Equal(PurchaseOutcome.AlreadyRecorded, (await _store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        await AssertBoughtOnceAsync(request);
    }

    [Fact]
    public async Task A_doubt_stays_one_where_every_further_try_is_rolled_back()
    {
        var request = await RequestAsync(1);
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        _wire.Reply = bytes =>
        {
            if (!Holds(bytes, "confirmed"))
                return true;
            // It is bought, and whoever asks about it waits for the row in vain.
            holder.Execute("SELECT FROM store.customer_purchased_amount WHERE customer_id = 1 FOR UPDATE");
            return false;
        };

        Assert.Equal(PurchaseOutcome.InDoubt, (await _store.PlacePurchaseAsync(request, Cancelled)).Outcome);

        await transaction.RollbackAsync(Cancelled);
        _wire.Reply = _ => true;
        Assert.Equal(PurchaseOutcome.AlreadyRecorded, (await _store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        await AssertBoughtOnceAsync(request);
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_busy_and_buys_nothing()
    {
        var request = await RequestAsync(1);
        _wire.Request = _ => false;

        Assert.Equal(PurchaseOutcome.Busy, (await _store.PlacePurchaseAsync(request, Cancelled)).Outcome);

        Assert.Equal(0m, await BoughtAsync(1));
    }

    [Fact]
    public async Task A_backend_killed_while_it_waits_for_the_lock_buys_once()
    {
        var request = await RequestAsync(1);
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        await holder.ExecuteAsync("SELECT FROM store.customer_purchased_amount WHERE customer_id = 1 FOR UPDATE");

        var purchase = _store.PlacePurchaseAsync(request, Cancelled);
        await KillTheWaitingBackendAsync();
        await transaction.RollbackAsync(Cancelled);

        Assert.Equal(PurchaseOutcome.Confirmed, (await purchase).Outcome);
        await AssertBoughtOnceAsync(request);
    }

    [Fact]
    public async Task A_lock_held_for_too_long_is_busy_and_buys_nothing()
    {
        var request = await RequestAsync(1);
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        await holder.ExecuteAsync("SELECT FROM store.customer_purchased_amount WHERE customer_id = 1 FOR UPDATE");

        Assert.Equal(PurchaseOutcome.Busy, (await _store.PlacePurchaseAsync(request, Cancelled)).Outcome);

        await transaction.RollbackAsync(Cancelled);
        Assert.Equal(0m, await BoughtAsync(1));
        Assert.Equal(PurchaseOutcome.Confirmed, (await _store.PlacePurchaseAsync(request, Cancelled)).Outcome);
    }

    [Fact]
    public async Task A_request_cancelled_once_the_call_was_sent_still_buys_and_hears_of_it()
    {
        var request = await RequestAsync(1);
        using var browser = new CancellationTokenSource();
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        await holder.ExecuteAsync("SELECT FROM store.customer_purchased_amount WHERE customer_id = 1 FOR UPDATE");

        // The customer closes the page while the call is under way; nobody can tell how far it is. Were the token passed on
        // to it, it would end here, in doubt.
        var purchase = _store.PlacePurchaseAsync(request, browser.Token);
        await WaitForAWaiterAsync();
        await browser.CancelAsync();
        await transaction.RollbackAsync(Cancelled);

        Assert.Equal(PurchaseOutcome.Confirmed, (await purchase).Outcome);
        await AssertBoughtOnceAsync(request);
    }

    [Fact]
    public async Task A_request_cancelled_at_COMMIT_still_buys_and_hears_of_it()
    {
        var request = await RequestAsync(1);
        using var browser = new CancellationTokenSource();
        // The server has committed and its answer is on the wire when the customer closes the page.
        _wire.Reply = bytes =>
        {
            if (Holds(bytes, "confirmed"))
                browser.Cancel();
            return true;
        };

        var reply = await _store.PlacePurchaseAsync(request, browser.Token);

        Assert.True(browser.IsCancellationRequested);
        Assert.Equal(PurchaseOutcome.Confirmed, reply.Outcome);
        await AssertBoughtOnceAsync(request);
    }

    [Fact]
    public async Task A_wire_that_falls_silent_after_COMMIT_is_asked_about_once_more()
    {
        var request = await RequestAsync(1);
        var silent = false;
        using var over = new ManualResetEventSlim();
        // No cut: the answer is simply not passed on, and the driver waits until its time is up, past the deadline.
        _wire.Reply = bytes =>
        {
            if (silent || !Holds(bytes, "confirmed"))
                return true;
            silent = true;
            over.Wait(Cancelled);
            return false;
        };

        var reply = await _store.PlacePurchaseAsync(request, Cancelled);
        over.Set();

        Assert.Equal((PurchaseOutcome.AlreadyRecorded, "confirmed"), (reply.Outcome, reply.Status));
        await AssertBoughtOnceAsync(request);
    }

    [Fact]
    public async Task A_request_cancelled_in_line_buys_nothing()
    {
        var request = await RequestAsync(1);
        await using var holder = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await holder.BeginTransactionAsync(Cancelled);
        await holder.ExecuteAsync("SELECT FROM store.customer_purchased_amount WHERE customer_id = 1 FOR UPDATE");
        var first = _store.PlacePurchaseAsync(request, Cancelled);
        using var browser = new CancellationTokenSource();
        var second = _store.PlacePurchaseAsync(request with { PurchaseId = Guid.CreateVersion7() }, browser.Token);

        await browser.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
        await transaction.RollbackAsync(Cancelled);
        Assert.Equal(PurchaseOutcome.Confirmed, (await first).Outcome);
        await AssertBoughtOnceAsync(request);
    }

    [Fact]
    public async Task Wires_cut_at_random_buy_each_purchase_once()
    {
        var seed = Environment.TickCount;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        var cuts = 0;
        bool MayPass(ReadOnlyMemory<byte> _)
        {
            lock (random)
            {
                var pass = random.Next(6) > 0;
                cuts += pass ? 0 : 1;
                return pass;
            }
        }

        _wire.Request = MayPass;
        _wire.Reply = MayPass;
        await AddCustomersAsync(2, 9);
        var requests = await Task.WhenAll(Enumerable.Range(0, 80).Select(i => RequestAsync(1 + i % 8)));

        var replies = await Task.WhenAll(requests.Select(request => Task.Run(() => _store.PlaceUntilAnsweredAsync(request))));

        Assert.True(cuts > 20, $"Only {cuts} cuts: the test did not test.");
        Assert.All(replies, reply => Assert.Equal("confirmed", reply.Status));
        Assert.Equal(80, await ScalarAsync<long>("SELECT count(*) FROM store.purchase"));
        Assert.Equal(1600m, await ScalarAsync<decimal>("SELECT sum(amount) FROM store.customer_purchased_amount"));
    }

    private Task KillTheWaitingBackendAsync() => WaitForAWaiterAsync("pg_terminate_backend(pid)");

    /// <summary>Waits until a purchase waits for the row lock, and does something with its backend.</summary>
    private async Task WaitForAWaiterAsync(string then = "true")
    {
        while (!await ScalarAsync<bool>(
                   $"""
                   SELECT coalesce(bool_or({then}), false)
                   FROM pg_stat_activity
                   WHERE datname = current_database()
                     AND wait_event_type = 'Lock'
                     AND query LIKE '%place_purchase%'
                     AND pid <> pg_backend_pid()
                   """))
        {
            await Task.Delay(5, Cancelled);
        }
    }

    private async Task AssertBoughtOnceAsync(PurchaseRequest request)
    {
        Assert.Equal(20.00m, await BoughtAsync(1));
        Assert.Equal([request.PurchaseId], await QueryAsync<Guid>("SELECT purchase_id FROM store.purchase"));
    }

    private static bool Holds(ReadOnlyMemory<byte> bytes, string text) =>
        bytes.Span.IndexOf(System.Text.Encoding.ASCII.GetBytes(text)) >= 0;
}
