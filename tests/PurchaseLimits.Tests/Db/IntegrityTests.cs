using Dapper;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>
/// Every test ends by asking the integrity views and expects silence. Here each rule is broken once, as a superuser who takes
/// every guard away, so that the silence means something.
/// </summary>
public sealed class IntegrityTests(PostgresServer server) : StoreTest(server)
{
    [Theory]
    [InlineData("I1", "UPDATE store.purchase SET purchase_id = gen_random_uuid() WHERE status = 'confirmed'")]
    [InlineData("I1", "UPDATE store.purchase SET last_sequence_number = 2 WHERE status = 'partly_refunded'")]
    [InlineData("I1", "UPDATE store.customer_event SET previous_kind = NULL, previous_purchase_sequence_number = NULL WHERE kind = 'purchase_cancelled'")]
    [InlineData("I1", "UPDATE store.customer_event SET purchase_id = gen_random_uuid() WHERE kind = 'purchase_partly_refunded'")]
    [InlineData("I2", "UPDATE store.customer_event SET amount_after = amount_after + 1 WHERE kind = 'purchase_refused'")]
    [InlineData("I2", "UPDATE store.customer_event SET held_after = held_before WHERE kind = 'purchase_cancelled'")]
    [InlineData("I3", "UPDATE store.customer_event SET limit_at_time = 19 WHERE kind = 'purchase_confirmed'")]
    [InlineData("I3", "UPDATE store.customer_event SET limit_at_time = 10 WHERE kind = 'purchase_processing'")]
    [InlineData("I4", "UPDATE store.customer_purchased_amount SET amount = 19.99")]
    [InlineData("I4", "UPDATE store.purchase SET held = 5 WHERE status = 'processing'")]
    [InlineData("I4", "UPDATE store.customer_purchased_amount SET next_due_at = 'infinity'")]
    [InlineData("I4", "UPDATE store.customer_event SET restored = 0 WHERE kind = 'purchase_partly_refunded'")]
    [InlineData("I4", "UPDATE store.purchase SET status = 'cancelled' WHERE status = 'partly_refunded'")]
    [InlineData("I4", "UPDATE store.customer_purchased_amount SET held = 1")]
    [InlineData("I4", "UPDATE store.customer_purchased_amount SET limit_amount = 601")]
    [InlineData("I4", "UPDATE store.customer_purchased_amount SET ceiling = 1000")]
    [InlineData("I4", "DELETE FROM store.customer_purchased_amount")]
    [InlineData("I4", "UPDATE store.customer_window_amount SET amount = amount + 1")]
    [InlineData("I4", "UPDATE store.customer_window_amount SET ceiling = 1000")]
    [InlineData("I4", "UPDATE store.purchase SET counted_at = counted_at - interval '8 days' WHERE status = 'processing'")]
    [InlineData("I4", "UPDATE store.purchase SET restored = 0 WHERE status = 'partly_refunded'")]
    [InlineData("I5", "DELETE FROM store.customer_event WHERE sequence_number = 3")]
    [InlineData("I5", "UPDATE store.customer_purchased_amount SET last_sequence_number = 99")]
    [InlineData("I6", "UPDATE store.customer_event SET amount_before = 1 WHERE sequence_number = 4")]
    [InlineData("I7", "UPDATE store.customer_event SET amount_after = 0 WHERE sequence_number = 4")]
    [InlineData("I7", "UPDATE store.refund SET amount = 6")]
    [InlineData("I7", "DELETE FROM store.refund")]
    [InlineData("I7", "UPDATE store.purchase SET refunded = 20 WHERE status = 'partly_refunded'")]
    [InlineData("I7", "INSERT INTO store.refund_line SELECT customer_id, refund_id, purchase_id, 1, 2 FROM store.refund")]
    [InlineData("I8", "UPDATE store.customer_event SET occurred_at = occurred_at - interval '1 hour' WHERE sequence_number = 4")]
    [InlineData("I11", "UPDATE store.purchase_line SET unit_price = 19.99")]
    [InlineData("I11", "UPDATE store.purchase_line_on_request SET at_most = 31")]
    [InlineData("I11", "UPDATE store.product_price SET valid_from = now() + interval '1 day'")]
    [InlineData("I11", "DELETE FROM store.purchase_line_on_request WHERE purchase_id = (SELECT purchase_id FROM store.purchase WHERE status = 'processing')")]
    [InlineData("I11", "UPDATE store.purchase SET shown_total = 19.99 WHERE status = 'confirmed'")]
    [InlineData("I11", "UPDATE store.purchase SET priced_at = now() - interval '2 days'")]
    [InlineData("I11", "DELETE FROM store.purchase_line")]
    [InlineData("I12", "UPDATE store.limit_change SET limit_after = 599 WHERE window_name = 'lifetime'")]
    [InlineData("I12", "UPDATE store.limit_change SET valid_from = valid_from + interval '1 day' WHERE window_name = 'lifetime'")]
    [InlineData("I12", "UPDATE store.customer_event SET window_limit = 51 WHERE kind = 'purchase_refused' AND window_name = 'week'")]
    [InlineData("I12", "UPDATE store.customer_event SET limit_at_time = 599 WHERE kind = 'purchase_confirmed' AND sequence_number > 4")]
    [InlineData("I13", "DELETE FROM store.limit_change")]
    [InlineData("I13", "UPDATE store.customer_event SET window_name = 'month' WHERE window_name = 'week' AND kind = 'limit_changed'")]
    [InlineData("I13", "UPDATE store.customer_event SET limit_at_time = 50 WHERE window_name = 'week' AND kind = 'limit_changed'")]
    [InlineData("I13", "UPDATE store.customer_event SET reason = '' WHERE kind = 'limit_changed'")]
    [InlineData("I13", "UPDATE store.customer_event SET limit_at_time = 700 WHERE sequence_number = 3")]
    [InlineData("I14", "UPDATE store.purchase SET total = 19 WHERE status = 'confirmed'")]
    [InlineData("I14", "UPDATE store.purchase SET status = 'refused' WHERE status = 'confirmed'")]
    [InlineData("I14", "UPDATE store.purchase SET expires_at = now() WHERE status = 'processing'")]
    [InlineData("I15", "UPDATE store.customer_event SET expires_at = occurred_at - interval '20 seconds' WHERE kind = 'purchase_processing'")]
    [InlineData("I15", "UPDATE store.customer_event SET hold = 29 WHERE kind = 'purchase_cancelled'")]
    public async Task A_broken_rule_is_found(string rule, string breakIt)
    {
        await AddProductsAsync(20.00m);
        await ExecuteAsync("INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (2, 1, 'Two', '', 'mug')");
        await AddCustomersAsync(1, 1);
        var store = NewStore();
        // Event 2 confirmed, 3 refused, 4 the limit; then a hold that stays, one that is cancelled, another purchase, a refund,
        // and a limit a week that refuses the next.
        var bought = await RequestAsync(1);
        await store.PlacePurchaseAsync(bought, Cancelled);
        await store.PlacePurchaseAsync(await RequestAsync(1, quantity: 99), Cancelled);
        await store.ChangeLimitAsync(new LimitChangeRequest(1, Guid.CreateVersion7(), LimitWindow.Lifetime, null, 600m, null, null, "why", "admin 1"));
        var onRequest = bought with { PurchaseId = Guid.CreateVersion7(), ShownTotal = 30m, Lines = [new(2, 1, 30m)] };
        await store.PlacePurchaseAsync(onRequest, Cancelled);
        var dropped = onRequest with { PurchaseId = Guid.CreateVersion7() };
        await store.PlacePurchaseAsync(dropped, Cancelled);
        await store.CancelPurchaseAsync(1, dropped.PurchaseId);
        await store.PlacePurchaseAsync(await RequestAsync(1), Cancelled);
        await store.RefundPurchaseAsync(new(1, bought.PurchaseId, Guid.CreateVersion7(), 5m, [], "why", "admin 1"));
        await store.ChangeLimitAsync(new LimitChangeRequest(1, Guid.CreateVersion7(), LimitWindow.Week, null, 50m, null, null, "why", "admin 1"));
        await store.PlacePurchaseAsync(await RequestAsync(1), Cancelled);

        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        await using var transaction = await connection.BeginTransactionAsync(Cancelled);
        // DDL is transactional: guards, CHECKs and foreign keys go, and come back with the rollback.
        foreach (var drop in await connection.QueryAsync<string>(
                     """
                     SELECT format('ALTER TABLE %s DROP CONSTRAINT %I CASCADE', conrelid::regclass, conname)
                     FROM pg_constraint
                     WHERE connamespace = 'store'::regnamespace AND contype IN ('c', 'f') AND conrelid <> 0
                     UNION ALL
                     SELECT format('DROP TRIGGER %I ON %s', tgname, tgrelid::regclass)
                     FROM pg_trigger
                     WHERE NOT tgisinternal
                     """))
        {
            await connection.ExecuteAsync(drop);
        }

        Assert.Empty(await connection.QueryAsync<string>("SELECT rule FROM store.integrity_violation"));
        Assert.True(await connection.ExecuteAsync(breakIt) > 0);
        Assert.Contains(rule, await connection.QueryAsync<string>("SELECT rule FROM store.integrity_violation"));
        await transaction.RollbackAsync(Cancelled);
    }
}
