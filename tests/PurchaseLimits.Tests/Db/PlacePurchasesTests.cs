using Dapper;
using Npgsql;
using PurchaseLimits.Tests.Proof;
using PurchaseLimits.Tests.Proof.Interleavings;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>Purchases of one customer that are decided together: as if each had come by itself.</summary>
public sealed class PlacePurchasesTests(PostgresServer server) : StoreTest(server)
{
    private const int OnRequest = 5;
    private NpgsqlConnection _connection = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        await AddProductsAsync(20.00m, 130.00m, 0.01m, 75.50m);
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (@OnRequest, 1, 'On request', '', 'mug')", new { OnRequest });
        await AddCustomersAsync(1, 60);
        _connection = Own(await OpenAsync());
    }

    [Fact]
    public async Task Each_is_judged_by_what_those_before_it_left()
    {
        var requests = await Task.WhenAll(new long[] { 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 3 }.Select(product => RequestAsync(1, product)));

        var replies = await PlaceAsync(requests);

        // 3 × 130 fit 500, the fourth does not, 5 × 20 do, the sixth does not, and one cent does again.
        Assert.Equal("confirmed confirmed confirmed overlimit confirmed confirmed confirmed confirmed confirmed overlimit confirmed",
            string.Join(' ', replies.Select(reply => reply.Outcome.ToString().ToLowerInvariant())));
        Assert.Equal(Enumerable.Range(2, 11).Select(n => (long?)n), replies.Select(reply => reply.SequenceNumber));
        Assert.Equal((110m, 20m), (replies[3].LeftAmount, replies[3].OverBy));
        Assert.Equal((10m, 10m), (replies[9].LeftAmount, replies[9].OverBy));
        Assert.Equal(490.01m, await BoughtAsync(1));
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(DISTINCT xmin::text) FROM store.customer_event WHERE customer_id = 1 AND sequence_number > 1"));
    }

    /// <summary>
    /// Twins get the same purchases, one of them in groups, the other one by one: replies, events, purchases, lines, mails and
    /// notices are the same, whatever is among them: keys known and used twice, prices that changed, holds, limits of windows.
    /// </summary>
    [Fact]
    public async Task A_group_does_what_its_purchases_do_one_by_one()
    {
        var seed = ProofTier.Seed("TOGETHER_SEED");
        var random = new Random(seed);
        var outcomes = new HashSet<PurchaseOutcome>();
        for (var twin = 1; twin < 60; twin += 2)
        {
            // Half of them have a limit of a window besides, some of what they want waits for a worker.
            if (random.Next(2) == 0)
                await BothAsync(twin, customer => LimitAsync(customer, "week", 300));
            var known = new List<PurchaseRequest>();
            for (var groups = 0; groups < 4; groups++)
            {
                var group = new List<PurchaseRequest>();
                for (var count = random.Next(1, 12); count > 0; count--)
                    group.Add(await DrawAsync(random, twin, known, group));
                outcomes.UnionWith(await PlaceTogetherAndAloneAsync(group));
                known.AddRange(group);
            }

            Assert.Equal(await RecordsAsync(twin + 1), await RecordsAsync(twin));
        }

        Assert.Superset(new HashSet<PurchaseOutcome>
        {
            PurchaseOutcome.Confirmed, PurchaseOutcome.Processing, PurchaseOutcome.OverLimit, PurchaseOutcome.AlreadyRecorded,
            PurchaseOutcome.KeyReused, PurchaseOutcome.PriceChanged, PurchaseOutcome.ProductUnavailable,
        }, outcomes);
        Assert.NotEqual(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_notice"));
    }

    /// <summary>The same of several customers at once: each as if nobody else were there.</summary>
    [Fact]
    public async Task Several_customers_are_decided_together_as_each_would_be_alone()
    {
        var random = new Random(ProofTier.Seed("SEVERAL_SEED"));
        var known = Enumerable.Range(1, 60).ToDictionary(customer => customer, _ => new List<PurchaseRequest>());
        for (var twin = 1; twin < 60; twin += 2)
        {
            if (random.Next(3) == 0)
                await BothAsync(twin, customer => LimitAsync(customer, "week", 300));
        }

        for (var groups = 0; groups < 40; groups++)
        {
            var group = new List<PurchaseRequest>();
            foreach (var twin in Enumerable.Range(0, 30).Select(n => 1 + 2 * n).Where(_ => random.Next(5) == 0))
            {
                var own = new List<PurchaseRequest>();
                for (var count = random.Next(1, 4); count > 0; count--)
                    own.Add(await DrawAsync(random, twin, known[twin], own));
                known[twin].AddRange(own);
                group.AddRange(own);
            }

            if (group.Count == 0)
                continue;
            await PlaceTogetherAndAloneAsync(group);
        }

        for (var twin = 1; twin < 60; twin += 2)
            Assert.Equal(await RecordsAsync(twin + 1), await RecordsAsync(twin));
        Assert.NotEqual(0, await ScalarAsync<long>("SELECT count(*) FROM store.limit_notice"));
        Assert.InRange(await ScalarAsync<long>("SELECT max(customers) FROM (SELECT count(DISTINCT customer_id) AS customers FROM store.purchase GROUP BY xmin::text) t"), 2, 30);
    }

    [Fact]
    public async Task Of_several_customers_none_waits_for_what_another_waits_for()
    {
        // The row of 1 is locked, 2 is frozen, 3 has a hold whose deadline has passed, a request of 4 waits for a worker, 99 is nobody.
        await ExecuteAsync("UPDATE store.customer_purchased_amount SET is_frozen = true WHERE customer_id = 2");
        await ExecuteAsync("UPDATE store.customer_purchased_amount SET next_due_at = now() WHERE customer_id = 3");
        var waiting = await RequestAsync(4);
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        await NewStore().PlacePurchaseAsync(waiting, Cancelled);
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = false");
        await using var other = await Superuser.OpenConnectionAsync(Cancelled);
        await using var held = await other.BeginTransactionAsync(Cancelled);
        await other.ExecuteAsync("SELECT FROM store.customer_purchased_amount WHERE customer_id = 1 FOR UPDATE");

        var replies = await PlaceAsync(await Task.WhenAll(new long[] { 1, 2, 3, 4, 5, 5, 6, 99 }.Select(customer => RequestAsync(customer))));

        Assert.Equal("LeftOut LeftOut LeftOut LeftOut Confirmed Confirmed Confirmed LeftOut", string.Join(' ', replies.Select(reply => reply.Outcome)));
        await held.RollbackAsync(Cancelled);
        Assert.Equal(new decimal[] { 0, 0, 0, 0, 40, 20 }, await Task.WhenAll(Enumerable.Range(1, 6).Select(customer => BoughtAsync(customer))));
        Assert.Equal([PurchaseOutcome.Confirmed, PurchaseOutcome.Confirmed], new[] { await PlaceAsync([await RequestAsync(1)]), await PlaceAsync([await RequestAsync(4)]) }.Select(of => of[0].Outcome));
        Assert.Equal(40m, await BoughtAsync(4));
        await ExecuteAsync("UPDATE store.customer_purchased_amount SET is_frozen = false, next_due_at = 'infinity' WHERE customer_id IN (2, 3)");
    }

    [Fact]
    public async Task A_key_that_was_said_not_to_be_known_fails_the_whole()
    {
        var known = await RequestAsync(2);
        await PlaceAsync([known]);
        PurchaseRequest[] group = [await RequestAsync(1), known, await RequestAsync(3)];

        var error = await Assert.ThrowsAsync<PostgresException>(() => PlaceAsync(group, mayBeKnown: false));

        Assert.Equal(PostgresErrorCodes.UniqueViolation, error.SqlState);
        Assert.Equal(new decimal[] { 0, 20, 0 }, await Task.WhenAll(Enumerable.Range(1, 3).Select(customer => BoughtAsync(customer))));
        Assert.Equal([PurchaseOutcome.Confirmed, PurchaseOutcome.AlreadyRecorded, PurchaseOutcome.Confirmed], (await PlaceAsync(group)).Select(reply => reply.Outcome));
    }

    /// <summary>A reply to a purchase that is recorded does not depend on what its products cost by now.</summary>
    [Fact]
    public async Task What_would_not_be_recorded_fails_the_whole_where_nobody_looks_whether_it_is()
    {
        var dearer = await RequestAsync(2);
        dearer = dearer with { ShownTotal = dearer.ShownTotal - 1 };
        PurchaseRequest[] group = [await RequestAsync(1), dearer, await RequestAsync(3)];

        Assert.Equal("PL004", (await Assert.ThrowsAsync<PostgresException>(() => PlaceAsync(group, mayBeKnown: false))).SqlState);
        Assert.Equal(0m, await BoughtAsync(1));
        Assert.Equal([PurchaseOutcome.Confirmed, PurchaseOutcome.PriceChanged, PurchaseOutcome.Confirmed], (await PlaceAsync(group)).Select(reply => reply.Outcome));
    }

    [Fact]
    public async Task What_becomes_due_while_rows_are_locked_is_left_out()
    {
        await ExecuteAsync("UPDATE store.customer_purchased_amount SET next_due_at = now() + interval '1 minute' WHERE customer_id = 2");
        await using var superuser = await Superuser.OpenConnectionAsync(Cancelled);
        await ExplorerDatabase.ChangeFunctionAsync(superuser, "store.place_purchases", "v_now := clock();", "v_now := clock() + interval '2 minutes';");

        var replies = await PlaceAsync([await RequestAsync(1), await RequestAsync(2), await RequestAsync(2), await RequestAsync(3)], mayBeKnown: false);

        Assert.Equal("Confirmed LeftOut LeftOut Confirmed", string.Join(' ', replies.Select(reply => reply.Outcome)));
        await ExecuteAsync("UPDATE store.customer_purchased_amount SET next_due_at = 'infinity' WHERE customer_id = 2");
    }

    /// <summary>Through the store, which sends them in the order of their customers and not as they came.</summary>
    [Fact]
    public async Task Each_gets_its_own_answer_in_whatever_company_it_comes()
    {
        var store = NewStore();
        var requests = await Task.WhenAll(Enumerable.Range(0, 60).Select(n => RequestAsync(60 - n, quantity: 1 + n % 25)));

        var replies = await Task.WhenAll(requests.Select(request => store.PlacePurchaseAsync(request, Cancelled)));

        Assert.Equal(requests.Select(request => (request.ShownTotal, 500 - request.ShownTotal)), replies.Select(reply => (reply.Total!.Value, reply.LeftAmount!.Value)));
        Assert.InRange(await ScalarAsync<long>("SELECT count(DISTINCT xmin::text) FROM store.purchase"), 1, 30);
    }

    /// <summary>Through the store, whose groups nobody here decides: what is known is among what is new, and its product is no longer sold.</summary>
    [Fact]
    public async Task What_is_recorded_is_answered_so_in_whatever_company_it_comes()
    {
        var store = NewStore();
        var known = await Task.WhenAll(Enumerable.Range(1, 8).Select(customer => RequestAsync(customer, productId: 3)));
        foreach (var request in known)
            Assert.Equal(PurchaseOutcome.Confirmed, (await store.PlacePurchaseAsync(request, Cancelled)).Outcome);
        var dearer = await RequestAsync(9, productId: 3);
        await ExecuteAsync("UPDATE store.product SET withdrawn_at = now() WHERE product_id = 3");
        var requests = new List<PurchaseRequest>();
        for (var round = 0; round < 3; round++)
        {
            for (var customer = 1; customer <= 8; customer++)
                requests.AddRange([await RequestAsync(customer), known[customer - 1], dearer with { PurchaseId = Guid.CreateVersion7() }]);
        }

        var replies = await Task.WhenAll(requests.Select(request => Task.Run(() => store.PlacePurchaseAsync(request, Cancelled), Cancelled)));

        for (var i = 0; i < requests.Count; i += 3)
        {
            Assert.Equal([PurchaseOutcome.Confirmed, PurchaseOutcome.AlreadyRecorded, PurchaseOutcome.ProductUnavailable], replies[i..(i + 3)].Select(reply => reply.Outcome));
            Assert.Equal(("confirmed", 2L), (replies[i + 1].Status, replies[i + 1].SequenceNumber));
        }

        Assert.Equal(8 * (3 * 20m + 0.01m), await ScalarAsync<decimal>("SELECT sum(amount) FROM store.customer_purchased_amount"));
    }

    public static TheoryData<string> Ways => [.. LedgerBreaker.Ways.Keys];

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task A_row_that_is_not_what_its_ledger_says_fails_the_whole(string way)
    {
        await PlaceAsync([await RequestAsync(2), await RequestAsync(2)]);
        PurchaseRequest[] group = [await RequestAsync(1), await RequestAsync(2), await RequestAsync(3)];
        var breaker = new LedgerBreaker(Superuser);
        await breaker.BreakAsync(way, 2);

        var error = await Assert.ThrowsAsync<PostgresException>(() => PlaceAsync(group, mayBeKnown: false));

        // What the constraints let pass is found by who looks.
        var expected = way switch { "limit raised" => "PL003", "event too many" => PostgresErrorCodes.UniqueViolation, _ => PostgresErrorCodes.ForeignKeyViolation };
        await breaker.MendAsync(2);
        Assert.Equal(expected, error.SqlState);
        Assert.Equal(new decimal[] { 0, 40, 0 }, await Task.WhenAll(new long[] { 1, 2, 3 }.Select(BoughtAsync)));
    }

    [Fact]
    public async Task An_event_that_its_row_does_not_know_of_fails_the_whole()
    {
        PurchaseRequest[] group = [await RequestAsync(1), await RequestAsync(2), await RequestAsync(3)];
        await new LedgerBreaker(Superuser).RunAsync(
            """
            INSERT INTO store.customer_event (customer_id, sequence_number, kind, amount, amount_before, amount_after, held_before, held_after, limit_at_time, actor, reason, occurred_at)
            SELECT e.customer_id, 9, 'limit_changed', 0, 0, 0, 0, 0, 500, 'admin 1', 'not recorded', e.occurred_at
            FROM store.customer_event e
            WHERE e.customer_id = @customerId
            """, 2);

        var error = await Assert.ThrowsAsync<PostgresException>(() => PlaceAsync(group, mayBeKnown: false));

        await new LedgerBreaker(Superuser).RunAsync("DELETE FROM store.customer_event WHERE customer_id = @customerId AND sequence_number = 9", 2);
        Assert.Equal("PL003", error.SqlState);
        Assert.Equal(new decimal[] { 0, 0, 0 }, await Task.WhenAll(new long[] { 1, 2, 3 }.Select(BoughtAsync)));
    }

    /// <summary>
    /// Two transactions of different customers meet on the pages of indexes, of which a new store has one each. A page that both read
    /// before they write on it costs one of them its work; so nobody reads one before.
    /// </summary>
    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 1)]
    public async Task Purchases_of_some_customers_do_not_roll_back_those_of_others(bool mayBeKnown, int rolledBack)
    {
        const int Gate = 20261130;
        await using var superuser = await Superuser.OpenConnectionAsync(Cancelled);
        await ExplorerDatabase.ChangeFunctionAsync(superuser, "store.record_purchases", "WITH decision AS (", $"PERFORM pg_advisory_xact_lock_shared({Gate}); WITH decision AS (");
        await superuser.ExecuteAsync($"SELECT pg_advisory_lock({Gate})");
        var groups = new[] { Enumerable.Range(1, 4), Enumerable.Range(5, 4) }.Select(async customers =>
        {
            await using var connection = await OpenAsync();
            return await PlaceAsync(await Task.WhenAll(customers.Select(customer => RequestAsync(customer))), mayBeKnown, connection);
        }).ToArray();
        await Eventually.TrueAsync(
            async () => await ScalarAsync<long>($"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = {Gate} AND NOT granted") == 2, "both are about to write");

        await superuser.ExecuteAsync($"SELECT pg_advisory_unlock({Gate})");

        await Task.WhenAll(groups).ContinueWith(_ => { }, TaskScheduler.Default);
        Assert.Equal(rolledBack, groups.Count(group => group.Exception?.InnerException is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure }));
        Assert.Equal((2 - rolledBack) * 80m, await ScalarAsync<decimal>("SELECT sum(amount) FROM store.customer_purchased_amount"));
    }

    [Fact]
    public async Task What_waits_for_a_worker_is_decided_first_and_may_be_among_them()
    {
        var waiting = await RequestAsync(1, productId: 2);
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        Assert.Equal(PurchaseOutcome.Processing, (await NewStore().PlacePurchaseAsync(waiting, Cancelled)).Outcome);
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = false");

        var replies = await PlaceAsync([await RequestAsync(1), waiting, await RequestAsync(1)]);

        Assert.Equal([PurchaseOutcome.Confirmed, PurchaseOutcome.AlreadyRecorded, PurchaseOutcome.Confirmed], replies.Select(reply => reply.Outcome));
        Assert.Equal([3L, 2L, 4L], replies.Select(reply => reply.SequenceNumber!.Value));
        Assert.Equal(170m, await BoughtAsync(1));
    }

    /// <summary>However long the line is: what was decided of it stays decided, and the next call goes on behind it.</summary>
    [Fact]
    public async Task A_long_line_is_decided_part_by_part_and_has_an_end()
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        await ExecuteAsync(
            """
            SELECT store.request_purchase(1, gen_random_uuid(), now(), 20, '{1}', '{1}', '{null}') FROM generate_series(1, 499);
            -- As many as asked at one instant, and did not see each other.
            INSERT INTO store.purchase_request (customer_id, purchase_id, purchase_number, request_hash, priced_at, shown_total, requested_at, product_ids, quantities, at_mosts)
            SELECT customer_id, gen_random_uuid(), purchase_number + 10000, request_hash, priced_at, shown_total, requested_at, product_ids, quantities, at_mosts
            FROM store.purchase_request
            LIMIT 3
            """);
        var oneMore = await RequestAsync(1, productId: 3);
        Assert.Equal(PurchaseOutcome.Busy, (await NewStore().PlacePurchaseAsync(oneMore, Cancelled)).Outcome);
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = false");

        Assert.Equal(PurchaseOutcome.Busy, (await PlaceAsync([oneMore]))[0].Outcome);
        Assert.Equal((2, 500m), (await ScalarAsync<long>("SELECT count(*) FROM store.purchase_request"), await BoughtAsync(1)));
        Assert.Equal((PurchaseOutcome.OverLimit, 504), (await PlaceAsync([oneMore]))[0] is var reply ? (reply.Outcome, reply.SequenceNumber) : default);
    }

    [Fact]
    public async Task A_key_sent_twice_at_one_instant_is_of_what_came_first()
    {
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        await ExecuteAsync("INSERT INTO store.cart_line (customer_id, product_id, quantity) VALUES (1, 1, 1), (1, 2, 1)");
        var (first, other) = (await RequestAsync(1), await RequestAsync(1, productId: 2));
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        await using var held = await connection.BeginTransactionAsync(Cancelled);
        await connection.ExecuteAsync(
            "SELECT store.request_purchase(1, @PurchaseId, @PricedAt, 20, '{1}', '{1}', '{null}')", new { first.PurchaseId, first.PricedAt });
        var store = NewStore();
        var sent = new[] { first, other with { PurchaseId = first.PurchaseId } }.Select(request => store.PlacePurchaseAsync(request, Cancelled)).ToList();
        await UntilAsync("SELECT count(*) >= 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%request_purchase%'");
        await held.CommitAsync(Cancelled);

        Assert.Equal([PurchaseOutcome.AlreadyRecorded, PurchaseOutcome.KeyReused], (await Task.WhenAll(sent)).Select(reply => reply.Outcome));
        Assert.Equal([2L], await QueryAsync<long>("SELECT product_id FROM store.cart_line"));
        Assert.Equal([1L], await QueryAsync<long>("SELECT unnest(product_ids) FROM store.purchase_request"));
    }

    /// <summary>What is held is held from when it is decided, which is after all that was decided before: the clock may have been set back since.</summary>
    [Fact]
    public async Task A_hold_lasts_as_long_as_it_says_where_the_clock_was_set_back()
    {
        await ExecuteAsync("UPDATE store.store_setting SET hold_life = '10 minutes'");
        await SetClockAsync("clock_timestamp() + interval '1 hour'");
        await PlaceAsync([await RequestAsync(1)]);
        await SetClockAsync("clock_timestamp()");

        var onRequest = new PurchaseRequest(1, Guid.CreateVersion7(), await ScalarAsync<DateTime>("SELECT now()"), 5, [new PurchaseRequestLine(OnRequest, 1, 5)]);
        var replies = await PlaceAsync([onRequest, await RequestAsync(1)]);

        Assert.Equal([PurchaseOutcome.Processing, PurchaseOutcome.Confirmed], replies.Select(reply => reply.Outcome));
        Assert.Equal(0, await NewStore().DecidePurchaseRequestsAsync(1, 0));
        Assert.Equal("00:10:00", await ScalarAsync<string>(
            "SELECT (p.expires_at - e.occurred_at)::text FROM store.purchase p JOIN store.customer_event e USING (customer_id, sequence_number) WHERE p.expires_at IS NOT NULL"));

        Task SetClockAsync(string moment) => ExecuteAsync($"CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$SELECT {moment}$$");
    }

    [Fact]
    public async Task While_the_store_confirms_later_or_knows_no_such_customer_each_is_told()
    {
        Assert.Equal([PurchaseOutcome.UnknownCustomer, PurchaseOutcome.UnknownCustomer], (await PlaceAsync([await RequestAsync(99), await RequestAsync(99)])).Select(reply => reply.Outcome));
        await ExecuteAsync("UPDATE store.store_setting SET deferred_confirmation = true");
        Assert.Equal([PurchaseOutcome.ConfirmsLater, PurchaseOutcome.ConfirmsLater], (await PlaceAsync([await RequestAsync(1), await RequestAsync(1)])).Select(reply => reply.Outcome));
        Assert.Equal(0m, await BoughtAsync(1));
    }

    [Theory]
    [InlineData("'{}', '{}', '{}', '{}', '{}', '{1}', '{1}', '{null}'")] // none
    [InlineData("NULL, NULL, NULL, NULL, NULL, '{1}', '{1}', '{null}'")]
    [InlineData("array_fill(1, '{101}'), array_fill(gen_random_uuid(), '{101}'), array_fill(now(), '{101}'), array_fill(1, '{101}'), array_fill(1, '{101}'), array_fill(1, '{101}'), array_fill(1, '{101}'), array_fill(null::numeric, '{101}')")]
    [InlineData("'{1}', ARRAY[gen_random_uuid()], '{}', '{20}', '{1}', '{1}', '{1}', '{null}'")] // no time
    [InlineData("'{1}', ARRAY[gen_random_uuid()], ARRAY[now()], '{20}', '{1}', '{1,2}', '{1,1}', '{null,null}'")] // a line too many
    [InlineData("'{1}', ARRAY[gen_random_uuid()], ARRAY[now()], '{20}', '{2}', '{1}', '{1}', '{null}'")] // a line too few
    [InlineData("'{1}', ARRAY[gen_random_uuid()], ARRAY[now()], '{20}', '{0}', '{1}', '{1}', '{null}'")]
    [InlineData("'{1,1}', ARRAY[gen_random_uuid(), gen_random_uuid()], ARRAY[now(), now()], '{20,20}', '{1,1}', '{1,1}', '{1,100}', '{null,null}'")] // the second
    [InlineData("'{2,1}', ARRAY[gen_random_uuid(), gen_random_uuid()], ARRAY[now(), now()], '{20,20}', '{1,1}', '{1,1}', '{1,1}', '{null,null}'")] // not in order
    [InlineData("'{1,null}', ARRAY[gen_random_uuid(), gen_random_uuid()], ARRAY[now(), now()], '{20,20}', '{1,1}', '{1,1}', '{1,1}', '{null,null}'")]
    [InlineData("'{1,2}', ARRAY[gen_random_uuid()], ARRAY[now()], '{20}', '{1}', '{1}', '{1}', '{null}'")]
    [InlineData("'{1,2}', ARRAY[gen_random_uuid(), gen_random_uuid()], ARRAY[now(), now()], '{20,20}', '{1,1}', '{1,1}', '{1,1}', '{null,null}'", "NULL")]
    public async Task Arguments_that_no_checkouts_send_are_an_error_and_change_nothing(string arguments, string mayBeKnown = "true")
    {
        var error = await Assert.ThrowsAsync<PostgresException>(() => _connection.ExecuteAsync($"SELECT store.place_purchases({arguments}, {mayBeKnown})"));
        Assert.Equal("PL001", error.SqlState);
        Assert.Equal(1, await ScalarAsync<long>("SELECT count(*) FROM store.customer_event WHERE customer_id = 1"));
    }

    private async Task<NpgsqlConnection> OpenAsync()
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(ConnectionString("store_web")) { Options = "-c default_transaction_isolation=serializable" }.ConnectionString);
        await connection.OpenAsync(Cancelled);
        return connection;
    }

    private async Task<PurchaseRequest> DrawAsync(Random random, long customer, List<PurchaseRequest> known, List<PurchaseRequest> group)
    {
        if (random.Next(6) == 0 && known.Concat(group).ToArray() is { Length: > 0 } sent)
        {
            var again = sent[random.Next(sent.Length)];
            return random.Next(2) == 0 ? again : again with { ShownTotal = again.ShownTotal + 1 };
        }

        var request = await RequestAsync(customer, random.Next(1, 5), random.Next(1, 3));
        return random.Next(8) switch
        {
            0 => request with { ShownTotal = request.ShownTotal - 0.01m },
            1 => request with { Lines = [.. request.Lines, new(OnRequest, 1, 30)], ShownTotal = request.ShownTotal + 30 },
            2 => request with { Lines = [.. request.Lines, new(OnRequest, 1)] },
            _ => request,
        };
    }

    /// <summary>Places purchases together, and one by one for their customers' twins: the replies are the same.</summary>
    private async Task<IEnumerable<PurchaseOutcome>> PlaceTogetherAndAloneAsync(IReadOnlyList<PurchaseRequest> group)
    {
        // Keys of the twin's own: what is recorded under them may differ in nothing else.
        var together = await PlaceAsync(group);
        var alone = new List<PurchaseReply>();
        foreach (var request in group)
            alone.AddRange(await PlaceAsync([request with { CustomerId = request.CustomerId + 1 }]));
        Assert.Equal(alone, together);
        return together.Select(reply => reply.Outcome);
    }

    private async Task<List<PurchaseReply>> PlaceAsync(IReadOnlyList<PurchaseRequest> requests, bool mayBeKnown = true, NpgsqlConnection? connection = null)
    {
        var lines = requests.Select(request => request.Lines.OrderBy(line => line.ProductId).ToArray()).ToArray();
        return (await (connection ?? _connection).QueryAsync<PurchaseReply>(
            """
            SELECT replace(outcome, '_', '') AS outcome, status, total, left_amount, over_by, sequence_number, product_id
            FROM store.place_purchases(@customers, @keys, @pricedAts, @totals, @counts, @products, @quantities, @atMosts, @mayBeKnown)
            """,
            new
            {
                customers = requests.Select(request => request.CustomerId).ToArray(),
                keys = requests.Select(request => request.PurchaseId).ToArray(),
                pricedAts = requests.Select(request => request.PricedAt.UtcDateTime).ToArray(),
                totals = requests.Select(request => request.ShownTotal).ToArray(),
                counts = lines.Select(of => (long)of.Length).ToArray(),
                products = lines.SelectMany(of => of).Select(line => line.ProductId).ToArray(),
                quantities = lines.SelectMany(of => of).Select(line => (long)line.Quantity).ToArray(),
                atMosts = lines.SelectMany(of => of).Select(line => line.AtMost).ToArray(),
                mayBeKnown,
            })).AsList();
    }

    private static async Task BothAsync(long twin, Func<long, Task> action)
    {
        await action(twin);
        await action(twin + 1);
    }

    private Task LimitAsync(long customer, string window, decimal amount) => ExecuteAsync(
        """
        BEGIN ISOLATION LEVEL SERIALIZABLE;
        SELECT store.change_limit(@customer, gen_random_uuid(), @window, NULL, @amount, NULL, NULL, 'why', 'admin 1');
        COMMIT
        """, new { customer, window, amount });

    /// <summary>All that is written of a customer, without what is the customer's or the moment's own.</summary>
    private Task<IReadOnlyList<string>> RecordsAsync(long customer) => QueryAsync<string>(
        """
        SELECT concat_ws(' ', 'event', e.sequence_number, e.kind, e.purchase_id, e.amount, e.amount_before, e.amount_after, e.held_before, e.held_after,
                         e.limit_at_time, e.hold, e.reason, e.window_name, e.window_limit, e.window_used, e.left_amount)
        FROM store.customer_event e WHERE e.customer_id = @customer
        UNION ALL
        SELECT concat_ws(' ', 'purchase', p.purchase_id, p.status, p.total, p.shown_total, p.sequence_number, p.held, encode(p.request_hash, 'hex'), p.counted_at IS NULL)
        FROM store.purchase p WHERE p.customer_id = @customer
        UNION ALL
        SELECT concat_ws(' ', 'line', l.purchase_id, l.product_id, l.quantity, l.unit_price) FROM store.purchase_line l WHERE l.customer_id = @customer
        UNION ALL
        SELECT concat_ws(' ', 'asked', l.purchase_id, l.product_id, l.quantity, l.at_most) FROM store.purchase_line_on_request l WHERE l.customer_id = @customer
        UNION ALL
        SELECT concat_ws(' ', 'mail', o.message_key, o.kind) FROM store.outbox_message o WHERE o.customer_id = @customer
        UNION ALL
        SELECT concat_ws(' ', 'notice', n.window_name, n.limit_amount, n.percent, n.sequence_number) FROM store.limit_notice n WHERE n.customer_id = @customer
        UNION ALL
        SELECT concat_ws(' ', 'window', w.window_name, w.amount, w.held, w.limit_amount) FROM store.customer_window_amount w WHERE w.customer_id = @customer
        UNION ALL
        SELECT concat_ws(' ', 'row', a.amount, a.held, a.limit_amount, a.ceiling, a.last_sequence_number, a.next_due_at < 'infinity') FROM store.customer_purchased_amount a WHERE a.customer_id = @customer
        ORDER BY 1
        """, new { customer });
}
