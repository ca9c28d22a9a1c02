namespace PurchaseLimits.Benchmarks.History;

/// <summary>The customers and their limits.</summary>
internal sealed partial class Story
{
    private readonly Account[] _accounts;

    /// <summary>The row of each customer as it is at this point of the story.</summary>
    public IReadOnlyList<Account> Accounts => _accounts;

    internal struct Account
    {
        public long Amount, Limit, SettledAt;
        public int SequenceNumber, LimitSequenceNumber;

        /// <summary>An admin looks at a raise already.</summary>
        public bool IsAsking;

        /// <summary>The limit was cut; no admin raises it.</summary>
        public bool IsCut;
    }

    private static string Customer(int customer) => $"customer {customer + 1}";

    private string AnAdmin() => $"admin {_random.Next(1, 6)}";

    private void Register(int customer, long at)
    {
        _registered = customer + 1;
        if (_registered < _options.Customers)
            _due.Enqueue(next => Register(customer + 1, next), RegisteredAt(customer + 1));

        _accounts[customer].Limit = _facts.DefaultLimit;
        Append(customer, Happening.Registered, at, Customer(customer));
        _accounts[customer].LimitSequenceNumber = 1;

        // Whoever will buy for much more than the default is given more at once; whoever meets the limit later has to ask.
        var expected = (double)Prices.Typical * _options.Purchases / _options.Customers * (IsFrequent(customer) ? 3 : 1);
        var limit = ToHundreds(expected * (0.3 + 0.7 * _random.NextDouble()));
        if (limit > _facts.DefaultLimit)
        {
            _due.Enqueue(
                moment => SetLimit(customer, Math.Max(limit, _accounts[customer].Limit), moment, "admin 1", "Buys for a business; checked at registration."),
                at + _random.NextInt64(10 * Minute, Day));
        }

        if (customer % 50 == 49)
            _due.Enqueue(moment => CutLimit(customer, moment), _random.NextInt64(at, _facts.End + 1));
    }

    private void CutLimit(int customer, long at)
    {
        ref var account = ref _accounts[customer];
        var limit = account.Amount > 0 ? account.Amount * 8 / 1000 * 100 : 100_00;
        if (limit >= account.Limit)
            return;
        account.IsCut = true;
        SetLimit(customer, limit, at, AnAdmin(), "Two invoices are overdue.");
    }

    private void AskForRaise(int customer, long wanted, long at)
    {
        ref var account = ref _accounts[customer];
        if (account.IsAsking || account.IsCut)
            return;
        account.IsAsking = true;
        _due.Enqueue(moment => Raise(customer, wanted, moment), at + _random.NextInt64(Hour, 2 * Day));
    }

    private void Raise(int customer, long wanted, long at)
    {
        _accounts[customer].IsAsking = false;
        var limit = ToHundreds(_accounts[customer].Amount + wanted + Prices.Typical * (10 + 40 * _random.NextDouble()));
        SetLimit(customer, Math.Max(limit, _accounts[customer].Limit), at, AnAdmin(), "Has paid every invoice on time.");
    }

    private void SetLimit(int customer, long limit, long at, string actor, string reason)
    {
        if (limit == _accounts[customer].Limit)
            return;
        Append(customer, Happening.LimitChanged, at, actor, reason, limit: limit, key: NewKey(at));
    }

    private static long ToHundreds(double cents) => (long)Math.Ceiling(cents / 100_00) * 100_00;

    // What append_event does: the row moves as the kind says, and the event says from where to where.
    private void Append(int customer, string kind, long at, string actor, string reason = "", Order? order = null, long amount = 0,
        long restored = 0, long? limit = null, Guid key = default, IReadOnlyList<OrderLine>? returned = null)
    {
        ref var account = ref _accounts[customer];
        var before = account;
        account.Amount += (kind == Happening.Confirmed ? amount : 0) - restored;
        account.Limit = limit ?? account.Limit;
        account.SequenceNumber++;
        account.SettledAt = _now = at;
        if (kind == Happening.LimitChanged)
            account.LimitSequenceNumber = account.SequenceNumber;
        _told.Add(new Happening
        {
            CustomerId = customer + 1,
            SequenceNumber = account.SequenceNumber,
            Kind = kind,
            OccurredAt = at,
            Actor = actor,
            Reason = reason,
            Amount = amount,
            AmountBefore = before.Amount,
            AmountAfter = account.Amount,
            Restored = restored,
            LimitBefore = before.Limit,
            Limit = account.Limit,
            Order = order,
            Key = key,
            Returned = returned ?? [],
        });
    }
}
