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
    [InlineData("I2", "UPDATE store.customer_event SET amount_after = amount_after + 1 WHERE kind = 'purchase_refused'")]
    [InlineData("I3", "UPDATE store.customer_event SET limit_at_time = 19 WHERE kind = 'purchase_confirmed'")]
    [InlineData("I4", "UPDATE store.customer_purchased_amount SET amount = 19.99")]
    [InlineData("I4", "UPDATE store.customer_purchased_amount SET held = 1")]
    [InlineData("I4", "UPDATE store.customer_purchased_amount SET limit_amount = 601")]
    [InlineData("I4", "UPDATE store.customer_purchased_amount SET ceiling = 1000")]
    [InlineData("I4", "DELETE FROM store.customer_purchased_amount")]
    [InlineData("I5", "DELETE FROM store.customer_event WHERE sequence_number = 3")]
    [InlineData("I5", "UPDATE store.customer_purchased_amount SET last_sequence_number = 9")]
    [InlineData("I6", "UPDATE store.customer_event SET amount_before = 1 WHERE sequence_number = 4")]
    [InlineData("I7", "UPDATE store.customer_event SET amount_after = 0 WHERE sequence_number = 4")]
    [InlineData("I11", "UPDATE store.purchase_line SET unit_price = 19.99")]
    [InlineData("I11", "UPDATE store.purchase SET shown_total = 19.99 WHERE status = 'confirmed'")]
    [InlineData("I11", "UPDATE store.purchase SET priced_at = now() - interval '2 days'")]
    [InlineData("I11", "DELETE FROM store.purchase_line")]
    [InlineData("I13", "DELETE FROM store.limit_change")]
    [InlineData("I13", "UPDATE store.customer_event SET reason = '' WHERE kind = 'limit_changed'")]
    [InlineData("I13", "UPDATE store.customer_event SET limit_at_time = 700 WHERE sequence_number = 3")]
    [InlineData("I14", "UPDATE store.purchase SET total = 19 WHERE status = 'confirmed'")]
    [InlineData("I14", "UPDATE store.purchase SET status = 'refused' WHERE status = 'confirmed'")]
    public async Task A_broken_rule_is_found(string rule, string breakIt)
    {
        await AddProductsAsync(20.00m);
        await AddCustomersAsync(1, 1);
        var store = NewStore();
        await store.PlacePurchaseAsync(await RequestAsync(1), Cancelled);
        await store.PlacePurchaseAsync(await RequestAsync(1, quantity: 99), Cancelled);
        await store.ChangeLimitAsync(new LimitChangeRequest(1, Guid.CreateVersion7(), 500m, 600m, "why", "admin 1"), Cancelled);

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
