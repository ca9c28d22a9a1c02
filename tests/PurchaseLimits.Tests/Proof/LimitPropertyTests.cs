using System.Globalization;
using Dapper;
using NodaTime;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// Random commands, to the database and to a model of the rules that shares nothing with it: every answer and every state must
/// be the same. The database's clock is the test's, and goes past deadlines, month ends and nights with 23 or 25 hours; it stops
/// at the very moments as well.
/// </summary>
public sealed class LimitPropertyTests(PostgresServer server) : StoreTest(server)
{
    private const int CommandsEach = 160;
    private const int OnRequestFrom = 100;

    // Every run draws others, and CI draws on two PostgreSQLs. PROOF=nightly goes on for longer.
    private static readonly int s_customers = ProofTier.Of(24, 350);
    private static readonly decimal[] s_prices = [0.37m, 5.00m, 12.50m, 40.00m, 90.00m];
    private static readonly LocalDate[] s_starts =
    [
        new(2031, 3, 7), new(2031, 10, 31), new(2032, 2, 27), new(2032, 12, 29), new(2033, 3, 11), new(2033, 11, 4), new(2034, 1, 30), new(2034, 6, 15),
    ];

    /// <summary>What a run has to have done, or it says nothing.</summary>
    private static readonly string[] s_commands =
    [
        "buy confirmed", "buy refused lifetime", "buy refused day", "buy refused week", "buy refused month", "buy refused year", "hold processing",
        "resume confirmed", "cancel", "refund", "limit changed", "limit scheduled", "limit temporary", "lower changed", "lower for a while", "lower not_lower",
        "end", "approve", "approve what was held", "no limit",
    ];

    private NpgsqlConnection _connection = null!;
    private Random _random = null!;
    private LimitModel _model = null!;
    private long _customerId;
    private Instant _now;
    private int _onRequest = OnRequestFrom;
    private bool _restores = true;
    private int _commands;
    private readonly Dictionary<string, int> _done = [];

    [Theory]
    [InlineData("America/New_York", IsoDayOfWeek.Monday)]
    [InlineData("America/Havana", IsoDayOfWeek.Sunday)] // its clocks change at midnight
    public async Task Every_answer_and_every_state_is_the_models(string zone, IsoDayOfWeek weekStart)
    {
        var seed = ProofTier.Seed("LIMITS_SEED");
        _random = new Random(seed);
        await PrepareAsync(zone, weekStart);

        var dateTimeZone = DateTimeZoneProviders.Tzdb[zone];
        for (_customerId = 1; _customerId <= s_customers; _customerId++)
        {
            _now = dateTimeZone.AtStartOfDay(s_starts[_random.Next(s_starts.Length)]).ToInstant() + Duration.FromSeconds(_random.Next(86400));
            await SendAsync<string>("store.register_customer(@customerId, 'Somebody', 'test')", new { customerId = _customerId });
            _model = new LimitModel(dateTimeZone, weekStart, 500m);
            for (var i = 0; i < CommandsEach; i++)
            {
                await AdvanceAsync();
                await CommandAsync();
                await CompareAsync(_now);
                _commands++;
            }

            Assert.Equal(_model.NoticeCount, await ScalarAsync<long>("SELECT count(*) FROM store.limit_notice WHERE customer_id = @customerId", new { customerId = _customerId }));
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{_commands} commands: {string.Join(", ", _done.OrderBy(pair => pair.Key).Select(pair => $"{pair.Key} {pair.Value}"))}");
        // The views of the rules read all of it next, and a planner without statistics takes half a minute for that.
        await ExecuteAsync("ANALYZE store.customer_event, store.purchase, store.purchase_line, store.limit_change, store.refund, store.customer_window_amount");
        Assert.All(s_commands, what => Assert.True(_done.GetValueOrDefault(what) > 0, $"never: {what}"));
    }

    private async Task PrepareAsync(string zone, IsoDayOfWeek weekStart)
    {
        await ExecuteAsync(
            """
            CREATE OR REPLACE FUNCTION store.clock() RETURNS timestamptz LANGUAGE sql VOLATILE
            AS 'SELECT current_setting(''test.clock'')::timestamptz';
            """);
        await ExecuteAsync("UPDATE store.store_setting SET time_zone = @zone, week_starts_on = @day, second_admin_above = 9999999999.99", new { zone, day = (long)weekStart });
        await ExecuteAsync("INSERT INTO store.admin_right (actor, right_name) VALUES ('admin 1', 'no_limit')");
        await AddProductsAsync(s_prices);
        await ExecuteAsync(
            "INSERT INTO store.product (product_id, category_id, name, description, tile) SELECT n, 1, 'On request ' || n, '', 'mug' FROM generate_series(@first, @last) n",
            new { first = OnRequestFrom, last = OnRequestFrom + (s_customers * CommandsEach) });
        var settings = new NpgsqlConnectionStringBuilder(Server.ConnectionString(Database)) { Options = "-c default_transaction_isolation=serializable -c jit=off", MaxAutoPrepare = 40 };
        _connection = new NpgsqlConnection(settings.ConnectionString);
        Own(_connection);
        await _connection.OpenAsync(Cancelled);
    }

    /// <summary>On by a second or a month, or to just where something happens: the moment before, the moment itself.</summary>
    private async Task AdvanceAsync()
    {
        var before = _now;
        var step = _random.Next(10);
        if (step < 4)
        {
            _now += Duration.FromSeconds(_random.Next(1, 7200));
        }
        else if (step < 6)
        {
            _now += Duration.FromMinutes(_random.Next(1, 60 * 24 * (step == 5 ? 20 : 2)));
        }
        else
        {
            var moments = LimitModel.Windows.Skip(1).Take(_random.Next(1, 5)).Select(window => _model.Bounds(window, _now).End)
                .Concat(_model.Orders.Select(order => order.ExpiresAt))
                .Concat(_model.Changes.SelectMany(change => new[] { change.From, change.To }))
                .Where(moment => moment > _now + Duration.FromMilliseconds(1) && moment < _now + Duration.FromDays(60))
                .ToArray();
            _now = moments.Length == 0 ? _now + Duration.FromHours(1) : moments[_random.Next(moments.Length)] - Duration.FromMilliseconds(_random.Next(2));
        }

        // At any moment between two commands the ledger alone says what was so.
        if (_random.Next(4) == 0)
            await CompareAsync(before + Duration.FromMilliseconds((long)(_random.NextDouble() * (_now - before).TotalMilliseconds)));
    }

    private async Task CommandAsync()
    {
        _model.Settle(_now);
        switch (_random.Next(100))
        {
            case < 34: await BuyAsync(); break;
            case < 44: await HoldAsync(); break;
            case < 52: await ResumeAsync(); break;
            case < 56: await CancelAsync(); break;
            case < 64: await RefundAsync(); break;
            case < 84: await ChangeLimitAsync(); break;
            case < 88: await LowerAsync(); break;
            case < 92: await EndAsync(); break;
            case < 97: await ApproveAsync(); break;
            case < 98:
                _restores = !_restores;
                await ExecuteAsync("UPDATE store.store_setting SET refund_restores_allowance = @restores", new { restores = _restores });
                break;
            default: await SendAsync<long>("store.decide_purchase_requests(@customerId, 0)", new { customerId = _customerId }); break;
        }
    }

    private async Task BuyAsync()
    {
        var lines = Enumerable.Range(1, s_prices.Length).Where(_ => _random.Next(3) == 0).DefaultIfEmpty(2)
            .Select(product => (Product: (long)product, Quantity: (long)_random.Next(1, 4))).ToArray();
        var order = new LimitModel.Order { Id = Guid.CreateVersion7(), Status = "", Total = lines.Sum(line => line.Quantity * s_prices[line.Product - 1]) };
        await OrderAsync("buy", order, [.. lines.Select(line => line.Product)], [.. lines.Select(line => line.Quantity)], new decimal?[lines.Length], null);
    }

    private async Task HoldAsync()
    {
        var atMost = (decimal)_random.Next(1, 200);
        var order = new LimitModel.Order { Id = Guid.CreateVersion7(), Status = "", Total = atMost, Product = _onRequest++ };
        await OrderAsync("hold", order, [order.Product], [1], [atMost], _now + Duration.FromDays(3));
    }

    private async Task OrderAsync(string what, LimitModel.Order order, long[] productIds, long[] quantities, decimal?[] atMosts, Instant? heldUntil)
    {
        var refusal = _model.Buy(order, _now, heldUntil);
        var reply = await SendAsync<PurchaseReply>(
            "store.place_purchase(@customerId, @purchaseId, @pricedAt, @shownTotal, @productIds, @quantities, @atMosts)",
            new { customerId = _customerId, purchaseId = order.Id, pricedAt = _now.ToDateTimeUtc(), shownTotal = order.Total, productIds, quantities, atMosts });
        Count($"{what} {order.Status}{(refusal is null ? "" : " " + refusal.Window.SqlName())}");
        Same((refusal is null ? order.Status : "overlimit", _model.LeftAt(_now), refusal?.OverBy ?? 0),
            (reply.Outcome.ToString().ToLowerInvariant(), reply.LeftAmount ?? -1, reply.OverBy ?? -1));
        if (refusal is not null)
        {
            var said = await _connection.QuerySingleAsync<(string, DateTime?)>(
                "SELECT window_name, resets_at FROM store.purchase_receipt WHERE customer_id = @customerId AND purchase_id = @id", new { customerId = _customerId, id = order.Id });
            Same((refusal.Window.SqlName(), refusal.ResetsAt?.ToDateTimeUtc()), said);
        }
    }

    private async Task ResumeAsync()
    {
        // Most have expired by now, and then one is asked for first: what is refused at its price, and approved, is seldom enough.
        if (!_model.Orders.Any(order => order.Status == "processing"))
            await HoldAsync();
        if (PickOrNull(order => order.Status == "processing") is not { } order)
            return;
        var price = Math.Round(order.Held * (decimal)_random.NextDouble(), 2);
        if (_random.Next(2) == 0)
            await SendAsync(new LimitModel.Change(Guid.CreateVersion7(), (LimitWindow)_random.Next(5), 1m, _now, _now + Duration.FromHours(_random.Next(1, 100))));
        await ExecuteAsync("INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor) VALUES (@product, now(), 'infinity', @price, 'test')", new { product = order.Product, price });
        var fits = _model.RefusalOrNull(price, _now, released: order.Held, countedAt: order.CountedAt) is null;
        order.IsPriced = true;
        (order.Total, order.Status, order.Bought, order.Held, order.ExpiresAt) = (price, fits ? "confirmed" : "refused", fits ? price : 0, 0, Instant.MaxValue);
        Count($"resume {order.Status}");
        Same(order.Status, await SendAsync<string>("store.resume_purchase(@customerId, @id)", new { customerId = _customerId, id = order.Id }));
    }

    private async Task CancelAsync()
    {
        if (PickOrNull(order => order.Status is "processing" or "awaiting_approval") is not { } order)
            return;
        (order.Status, order.Held, order.ExpiresAt) = ("cancelled", 0, Instant.MaxValue);
        Count("cancel");
        Same("cancelled", await SendAsync<string>("store.cancel_own_purchase(@customerId, @id)", new { customerId = _customerId, id = order.Id }));
    }

    private async Task RefundAsync()
    {
        if (PickOrNull(order => order.Status is "confirmed" or "partly_refunded" && order.Total > 0.01m) is not { } order)
            return;
        var rest = order.Total - order.Refunded;
        var amount = _random.Next(3) == 0 ? rest : Math.Max(0.01m, Math.Round(rest * (decimal)_random.NextDouble(), 2));
        order.Refunded += amount;
        order.Status = order.Refunded == order.Total ? "refunded" : "partly_refunded";
        if (_restores)
            order.Bought -= amount;
        Count("refund");
        Same("refunded", await SendAsync<string>(
            "store.refund_purchase(@customerId, @id, @refundId, @amount, NULL, NULL, 'why', 'admin 2')",
            new { customerId = _customerId, id = order.Id, refundId = Guid.CreateVersion7(), amount }));
    }

    private async Task ChangeLimitAsync()
    {
        var window = (LimitWindow)_random.Next(5);
        var amount = _random.Next(12) switch
        {
            0 => 0,
            1 => Limit.None,
            var n => n * (window switch { LimitWindow.Day => 25, LimitWindow.Week => 60, LimitWindow.Month => 120, LimitWindow.Year => 250, _ => 300 }),
        };
        Instant? from = _random.Next(4) == 0 ? _now + Duration.FromMinutes(_random.Next(1, 60 * 24 * 15)) : null;
        Instant? to = _random.Next(3) == 0 ? (from ?? _now) + Duration.FromMinutes(_random.Next(1, 60 * 24 * 15)) : null;
        var change = new LimitModel.Change(Guid.CreateVersion7(), window, amount, from ?? _now, to ?? Instant.MaxValue);
        var expected = from is not null ? "scheduled" : IsInForce(change) ? "unchanged" : "changed";
        Count(to is null ? $"limit {expected}" : "limit temporary");
        if (amount == Limit.None)
            Count("no limit");
        await SendAsync(change, from is not null, to is not null);
    }

    /// <summary>As an admin does; whether it begins and ends at its moments, or now and never.</summary>
    private async Task SendAsync(LimitModel.Change change, bool begins = false, bool ends = true)
    {
        var expected = begins ? "scheduled" : IsInForce(change) ? "unchanged" : "changed";
        if (expected != "unchanged")
            _model.Add(change);
        Same(expected, await SendAsync<string>(
            "store.change_limit(@customerId, @id, @window, NULL, @amount, @from, @to, 'why', 'admin 1')",
            new
            {
                customerId = _customerId,
                id = change.Id,
                window = change.Window.SqlName(),
                amount = change.Amount,
                from = begins ? (DateTime?)change.From.ToDateTimeUtc() : null,
                to = ends ? (DateTime?)change.To.ToDateTimeUtc() : null,
            }));
    }

    /// <summary>As the customer does: until it will be lower by itself.</summary>
    private async Task LowerAsync()
    {
        var window = (LimitWindow)_random.Next(5);
        // A cent less than it is, every second time: what is for a while would be there for good.
        if (_random.Next(4) == 0 && _model.LimitAt(window, _now) is var low and < 5000)
            await SendAsync(new LimitModel.Change(Guid.CreateVersion7(), window, low + 100, _now, _now + Duration.FromHours(_random.Next(1, 300))));
        var limit = _model.LimitAt(window, _now);
        var amount = limit is > 0 and < Limit.None && _random.Next(2) == 0 ? limit - 0.01m : 20m * _random.Next(40);
        var standing = _model.Changes.Where(change => change.Window == window && change.From <= _now);
        var to = standing.Select(change => change.To)
            .Where(moment => moment > _now && moment < Instant.MaxValue && _model.LimitAt(window, moment, begunBy: _now) < amount)
            .DefaultIfEmpty(Instant.MaxValue)
            .Min();
        var change = new LimitModel.Change(Guid.CreateVersion7(), window, amount, _now, to);
        var expected = limit < amount ? "not_lower" : IsInForce(change) ? "unchanged" : "changed";
        if (expected == "changed")
            _model.Add(change);
        Count(expected == "changed" && to < Instant.MaxValue ? "lower for a while" : $"lower {expected}");
        Same(expected, await SendAsync<string>(
            "store.lower_own_limit(@customerId, @id, @window, @amount)", new { customerId = _customerId, id = change.Id, window = window.SqlName(), amount }));
    }

    private bool IsInForce(LimitModel.Change change) =>
        (_model.LimitAt(change.Window, _now), _model.InForceOrNull(change.Window, _now)?.To ?? Instant.MaxValue) == (change.Amount, change.To);

    private async Task EndAsync()
    {
        var endable = _model.Changes.Where(change => change.EndedAt is null && change.To > _now && (change.From > _now || change.To < Instant.MaxValue)).ToArray();
        if (endable.Length == 0)
            return;
        var change = endable[_random.Next(endable.Length)];
        change.EndedAt = _now;
        Count("end");
        Same("ended", await SendAsync<string>("store.end_limit_change(@customerId, @id, NULL, 'why', 'admin 1')", new { customerId = _customerId, id = change.Id }));
    }

    /// <summary>The customer asks for what was refused, and an admin approves it there and then, or leaves it to wait.</summary>
    private async Task ApproveAsync()
    {
        // Those that were held are few.
        var heldOnly = _random.Next(2) == 0 && _model.Orders.Any(order => order is { Status: "refused", IsPriced: true, WasAsked: false });
        if (PickOrNull(order => order.Status == "refused" && (order.IsPriced || !heldOnly) && (order.Product == 0 || order.IsPriced) && !order.WasAsked) is not { } order)
            return;
        var fits = _model.RefusalOrNull(order.Total, _now) is null;
        Same(fits ? "fits_now" : "asked", await SendAsync<string>("store.ask_approval(@customerId, @id, 'please')", new { customerId = _customerId, id = order.Id }));
        if (fits)
            return;
        order.WasAsked = true;
        (order.Status, order.ExpiresAt) = ("awaiting_approval", _now + Duration.FromDays(7));
        if (_random.Next(3) == 0)
            return;
        (order.Status, order.ExpiresAt, order.CountedAt, order.Bought) = ("confirmed", Instant.MaxValue, _now, order.Total);
        _model.Note(order.Total, _now);
        Count(order.IsPriced ? "approve what was held" : "approve");
        Same("approved", await SendAsync<string>(
            "store.approve_purchase(@customerId, @id, 1000000, @raiseId, '', 'admin 1')", new { customerId = _customerId, id = order.Id, raiseId = Guid.CreateVersion7() }));
    }

    /// <summary>What the database says of a moment, with the model's answer.</summary>
    private async Task CompareAsync(Instant moment)
    {
        var rows = await _connection.QueryAsync<(string WindowName, decimal Amount, decimal Held, decimal LimitAmount, decimal LeftAmount, decimal OverBy, DateTime? StartsAt, DateTime? ResetsAt)>(
            "SELECT window_name, amount, held, limit_amount, left_amount, over_by, starts_at, resets_at FROM store.customer_as_of(@customerId, @moment)",
            new { customerId = _customerId, moment = moment.ToDateTimeUtc() });
        Same(
            string.Join("\n", _model.At(moment).Select(s => Text(s.WindowName, s.Amount, s.Held, s.LimitAmount, s.LeftAmount, s.OverBy, s.StartsAt?.ToDateTimeUtc(), s.ResetsAt?.ToDateTimeUtc()))),
            string.Join("\n", rows.Select(r => Text(r.WindowName, r.Amount, r.Held, r.LimitAmount, r.LeftAmount, r.OverBy, r.StartsAt, r.ResetsAt))));

        static string Text(string window, decimal amount, decimal held, decimal limit, decimal left, decimal over, DateTime? starts, DateTime? resets) =>
            string.Create(CultureInfo.InvariantCulture, $"{window}: {amount:0.00} + {held:0.00} of {limit:0.00}, left {left:0.00}, over {over:0.00}, {starts:u} to {resets:u}");
    }

    /// <summary>The first column of what a function answers, at the test's time.</summary>
    private async Task<T> SendAsync<T>(string call, object arguments)
    {
        await _connection.ExecuteAsync("SELECT set_config('test.clock', @now, false)", new { now = _now.ToDateTimeUtc().ToString("O", CultureInfo.InvariantCulture) });
        return typeof(T) == typeof(PurchaseReply)
            ? await _connection.QuerySingleAsync<T>($"SELECT replace(outcome, '_', '') AS outcome, status, total, left_amount AS leftamount, over_by AS overby FROM {call}", arguments)
            : (await _connection.ExecuteScalarAsync<T>($"SELECT * FROM {call}", arguments))!;
    }

    private LimitModel.Order? PickOrNull(Func<LimitModel.Order, bool> predicate)
    {
        var some = _model.Orders.Where(predicate).ToArray();
        return some.Length == 0 ? null : some[_random.Next(some.Length)];
    }

    private void Count(string what) => _done[what] = _done.GetValueOrDefault(what) + 1;

    private void Same<T>(T expected, T actual) =>
        Assert.True(Equals(expected, actual), $"Command {_commands} of customer {_customerId} at {_now}: the model says\n{expected}\nthe database says\n{actual}");
}
