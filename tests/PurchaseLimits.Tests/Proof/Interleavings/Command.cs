namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>One transaction of a command.</summary>
/// <param name="Sql">
/// Returns one text. It knows <c>@customer</c>, the schedule's; <c>@previous</c>, what the command's transaction before it returned; and
/// <c>test.key(customer, name)</c>, which is a name's key for that customer.
/// </param>
/// <param name="Isolation">Null: as its role's sessions begin.</param>
internal sealed record CommandTransaction(string Sql, string? Isolation = null);

/// <summary>What one session does in a schedule.</summary>
/// <param name="Name">What a reader of a schedule is told.</param>
/// <param name="Role">Who does it.</param>
/// <param name="Transactions">One, for a command of the store.</param>
internal sealed record Command(string Name, string Role, params IReadOnlyList<CommandTransaction> Transactions)
{
    /// <summary>Whether its outcome must be one that a serial order gives. A refresh's depends on what else was open.</summary>
    public bool HasOneOutcome { get; init; } = true;

    /// <summary>The purchase or refund that an outcome of "confirmed" or "refunded" promises; null: none.</summary>
    public string? Key { get; init; }

    /// <summary>What is done instead when a key turns out to be known, or may be (23505, PL004); null: that is its outcome.</summary>
    public Command? WhenKnown { get; init; }

    /// <summary>Buys one of product 1, $150.00, or of product 3, $120.00.</summary>
    /// <param name="key">The same key is the same purchase.</param>
    /// <param name="productId">1 or 3.</param>
    public static Command Buy(string key, int productId = 1) => Money(
        $"buy {key}", "store_web",
        $$"""
        store.place_purchase(@customer, test.key(@customer, '{{key}}'), test.priced_at(), {{(productId == 1 ? 150 : 120)}}, '{{{productId}}}', '{1}', '{NULL}')
        """,
        key);

    /// <summary>
    /// The same in one transaction with somebody else's, and alone where that one did not wait for this customer: as the store does with
    /// purchases that come at once.
    /// </summary>
    public static Command BuyInCompany(string key, int productId = 1) => BuyInCompany(key, productId, mayBeKnown: false) with
    {
        WhenKnown = BuyInCompany(key, productId, mayBeKnown: true),
    };

    private static Command BuyInCompany(string key, int productId, bool mayBeKnown)
    {
        var (price, alone) = (productId == 1 ? 150 : 120, Buy(key, productId));
        return new(
            $"buy {key} in company", "store_web",
            new CommandTransaction(
                $$"""
                SELECT (jsonb_strip_nulls(to_jsonb(r)) - 'ordinality')::text
                FROM store.place_purchases(ARRAY[@customer, @customer + 500000000], ARRAY[test.key(@customer, '{{key}}'), gen_random_uuid()],
                    ARRAY[test.priced_at(), test.priced_at()], '{{{price}},{{price}}}', '{1,1}', '{{{productId}},{{productId}}}', '{1,1}', '{NULL,NULL}', {{(mayBeKnown ? "true" : "false")}})
                    WITH ORDINALITY r
                WHERE r.ordinality = 1
                """),
            new CommandTransaction($"SELECT CASE WHEN @previous::jsonb ->> 'outcome' = 'left_out' THEN ({alone.Transactions[0].Sql}) ELSE @previous END"))
        {
            Key = key,
        };
    }

    /// <summary>The purchase that is there at the beginning, $200.00, or a part of it.</summary>
    public static Command Refund(string key, int amount = 200) => Money(
        amount == 200 ? $"refund {key}" : $"refund {key} {amount}", "store_admin",
        $"store.refund_purchase(@customer, test.key(@customer, 'bought'), test.key(@customer, '{key}'), {amount}, NULL, NULL, 'came back', 'admin 1')",
        key);

    /// <summary>Below what is bought and held.</summary>
    public static Command Cut { get; } = ChangeLimit("cut", 280);

    public static Command Raise { get; } = ChangeLimit("raise", 700);

    /// <summary>What a worker does for one customer: decides what waits, and lets holds end whose deadline has passed.</summary>
    public static Command Decide { get; } = Money("decide", "store_worker", "store.decide_purchase_requests(@customer, 100)");

    /// <summary>Cancels what is held.</summary>
    public static Command Cancel { get; } = Money("cancel", "store_web", "store.cancel_own_purchase(@customer, test.key(@customer, 'held'))");

    /// <summary>No role may call it but through account.open_account.</summary>
    public static Command Register { get; } = Money("register", ExplorerDatabase.Superuser, "store.register_customer(@customer, 'Somebody', 'test')");

    /// <summary>Brings a report up to date, as a worker does.</summary>
    public static Command Refresh(string reportName) => new(
        $"refresh {reportName}", "store_worker",
        new CommandTransaction("SELECT report.set_mark()::text", "READ COMMITTED"),
        new CommandTransaction($"SELECT report.start_refresh('{reportName}', interval '0')::text", "READ COMMITTED"),
        new CommandTransaction("SELECT r.outcome FROM report.refresh(@previous::bigint) r", "REPEATABLE READ"))
    {
        HasOneOutcome = false,
    };

    private static Command ChangeLimit(string name, int limit) => Money(
        name, "store_admin",
        $"store.change_limit(@customer, test.key(@customer, '{name}'), 'lifetime', NULL, {limit}, NULL, NULL, 'as asked', 'admin 1')");

    /// <summary>One call of one function.</summary>
    /// <param name="name">What a reader of a schedule is told.</param>
    /// <param name="role">Who calls it.</param>
    /// <param name="call">As it stands behind FROM.</param>
    /// <param name="key">See <see cref="Key"/>.</param>
    public static Command Money(string name, string role, string call, string? key = null) =>
        new(name, role, new CommandTransaction($"SELECT jsonb_strip_nulls(to_jsonb(r))::text FROM {call} r"))
        {
            Key = key,
        };
}
