using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>A replay that would agree to anything proves nothing: each of these histories was forged in one place.</summary>
public sealed class LedgerReplayTests(PostgresServer server) : StoreTest(server)
{
    private static readonly Dictionary<string, Action<LedgerReplay.History>> s_forgeries = new()
    {
        ["a refusal becomes a purchase"] = history => Replace(history.Events, row => row.Kind == "purchase_refused", row => row with { Kind = "purchase_confirmed" }),
        ["a purchase becomes a refusal"] = history => Replace(history.Events, row => row.Kind == "purchase_confirmed", row => row with { Kind = "purchase_refused" }),
        ["a purchase costs a cent more"] = history => Replace(history.Events, row => row.Kind == "purchase_confirmed", row => row with { Amount = row.Amount + 0.01m }),
        ["an event is missing"] = history => history.Events.RemoveAll(row => row.SequenceNumber == 3),
        ["two events change places"] = history => Replace(history.Events, row => row.SequenceNumber is 2 or 3, row => row with { SequenceNumber = 5 - row.SequenceNumber }),
        ["an event is before the one before it"] = history => Replace(history.Events, row => row.SequenceNumber == 3, row => row with { OccurredAt = row.OccurredAt.AddDays(-1) }),
        ["a limit is another"] = history => Replace(history.Events, row => row.Kind == "limit_changed", row => row with { LimitAtTime = row.LimitAtTime + 1, WindowLimit = row.WindowLimit + 1 }),
        ["a limit was another before"] = history => Replace(history.Changes, _ => true, change => change with { LimitBefore = change.LimitBefore + 1 }),
        ["a refund is missing"] = history => history.Refunds.Clear(),
        ["a refund gives back half"] = history => Replace(history.Events, row => row.Restored > 0, row => row with { Restored = row.Restored / 2 }),
        ["the row says less"] = history => Replace(history.Accounts, _ => true, account => account with { Amount = account.Amount - 1 }),
        ["a purchase has another status"] = history => Replace(history.Purchases, purchase => purchase.Status == "refused", purchase => purchase with { Status = "confirmed" }),
        ["the lines come to less"] = history => Replace(history.Purchases, _ => true, purchase => purchase with { LineTotal = purchase.LineTotal - 1 }),
        ["a purchase is missing"] = history => history.Purchases.RemoveAt(0),
        ["a window refuses that is not full"] = history => Replace(history.Events, row => row.WindowName == "day" && row.Kind == "purchase_refused", row => row with { WindowName = "lifetime" }),
    };

    public static TheoryData<string> Forgeries => [.. s_forgeries.Keys];

    [Fact]
    public async Task A_true_history_is_agreed_to() => Assert.Empty(LedgerReplay.Of(await HistoryAsync()).Differences);

    [Theory]
    [MemberData(nameof(Forgeries))]
    public async Task A_forged_one_is_noticed(string forgery)
    {
        var history = await HistoryAsync();
        s_forgeries[forgery](history);
        Assert.NotEmpty(LedgerReplay.Of(history).Differences);
    }

    private async Task<LedgerReplay.History> HistoryAsync()
    {
        await AddProductsAsync(200m, 90m);
        await AddCustomersAsync(1, 1);
        var store = NewStore();
        var first = await RequestAsync(1, 1);
        await store.PlacePurchaseAsync(first, Cancelled);
        await store.PlacePurchaseAsync(await RequestAsync(1, 2), Cancelled);
        await store.PlacePurchaseAsync(await RequestAsync(1, 1, quantity: 2), Cancelled);
        await store.ChangeLimitAsync(new(1, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 600m, null, null, "why", "admin 1"));
        await store.ChangeLimitAsync(new(1, Guid.CreateVersion7(), LimitWindow.Day, null, 300m, null, null, "why", "admin 1"));
        await store.PlacePurchaseAsync(await RequestAsync(1, 2), Cancelled);
        await store.RefundPurchaseAsync(new(1, first.PurchaseId, Guid.CreateVersion7(), 50m, [], "why", "admin 1"));
        await store.PlacePurchaseAsync(await RequestAsync(1, 2), Cancelled);
        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        return await LedgerReplay.HistoryAsync(connection);
    }

    /// <summary>Something of it has to be changed, or nothing was forged.</summary>
    private static void Replace<T>(List<T> rows, Predicate<T> which, Func<T, T> change)
    {
        Assert.Contains(rows, which);
        for (var i = 0; i < rows.Count; i++)
        {
            if (which(rows[i]))
                rows[i] = change(rows[i]);
        }
    }
}
