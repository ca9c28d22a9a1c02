using Dapper;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Pages;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>
/// What a purchase looks up, it looks up by the whole key. SERIALIZABLE watches the pages of the index that was read: by fewer columns
/// that is all a customer ever did, by a key alone it is the page that everybody else writes to (facts 12b).
/// </summary>
public sealed class PlanTests(PostgresServer server) : StoreTest(server)
{
    [Theory]
    // The foreign keys, in the words of PostgreSQL: its own plans, which nobody else can write.
    [InlineData("ONLY store.purchase x WHERE customer_id = $1 AND purchase_id = $2 FOR KEY SHARE OF x", "bigint, uuid")]
    [InlineData("ONLY store.customer_event x WHERE customer_id = $1 AND sequence_number = $2 FOR KEY SHARE OF x", "bigint, bigint")]
    [InlineData("ONLY store.customer_event x WHERE customer_id = $1 AND sequence_number = $2 AND amount_after = $3 AND held_after = $4 FOR KEY SHARE OF x", "bigint, bigint, numeric, numeric")]
    [InlineData("ONLY store.customer_event x WHERE customer_id = $1 AND purchase_id = $2 AND sequence_number = $3 AND kind = $4 FOR KEY SHARE OF x", "bigint, uuid, bigint, text")]
    // What functions ask.
    [InlineData("unnest($2) AS k (purchase_id), LATERAL (SELECT FROM store.purchase p WHERE p.customer_id = $1 AND p.purchase_id = k.purchase_id LIMIT 1) known", "bigint, uuid[]")]
    [InlineData("store.customer_event n WHERE n.customer_id = $1 AND n.sequence_number >= $2 ORDER BY n.sequence_number DESC LIMIT 1", "bigint, bigint")]
    public async Task A_lookup_of_a_purchase_uses_its_whole_key(string from, string types)
    {
        // A young store: nobody has bought twice, so that a customer's number looks as good to the planner as a key.
        await AddProductsAsync(5.00m);
        await AddCustomersAsync(1, 300);
        var store = NewStore();
        for (var customer = 1; customer <= 200; customer++)
            await store.PlacePurchaseAsync(await RequestAsync(customer), Cancelled);
        await ExecuteAsync("ANALYZE store.purchase, store.purchase_line, store.customer_event");

        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        await connection.ExecuteAsync($"SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; PREPARE lookup ({types}) AS SELECT 1 FROM {from}");
        var count = types.Split(',').Length;
        var plan = (await connection.QueryAsync<string>($"EXPLAIN EXECUTE lookup ({string.Join(", ", Enumerable.Repeat("NULL", count))})")).AsList();

        var conditions = plan.Where(line => line.Contains("Index Cond", StringComparison.Ordinal)).ToArray();
        Assert.True(
            conditions.Length == 1 && conditions[0].Split(" AND ").Length == count && !plan.Exists(line => line.Contains("Filter", StringComparison.Ordinal)),
            string.Join('\n', plan));
    }

    [Fact]
    public async Task A_worker_that_looks_for_work_does_not_read_every_customer()
    {
        await AddProductsAsync(5.00m);
        await AddCustomersAsync(1, 3000);
        await ExecuteAsync("ANALYZE store.customer_purchased_amount, store.purchase, store.purchase_request");

        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        var statement = PurchaseWorker.SelectJobs.Replace("@paused", "'{}'::bigint[]", StringComparison.Ordinal).Replace("@MaxFound", "200", StringComparison.Ordinal);
        var plan = string.Join('\n', await connection.QueryAsync<string>($"EXPLAIN {statement}"));

        Assert.Contains("customer_purchased_amount_limit_due_at_idx", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan on customer_purchased_amount", plan, StringComparison.Ordinal);
    }

    /// <summary>Page after page by a plan for any customer, which takes them to have few purchases: of this one it compared all with each event.</summary>
    [Fact]
    public async Task A_page_of_a_statement_looks_up_what_belongs_to_each_event()
    {
        await AddProductsAsync(0.01m);
        await AddCustomersAsync(1, 2);
        var store = NewStore(maxWaiting: 2000);
        await Task.WhenAll(Enumerable.Range(0, 1500).Select(async _ => await store.PlacePurchaseAsync(await RequestAsync(1), Cancelled)));
        await ExecuteAsync("ANALYZE store.purchase, store.customer_event, store.limit_change");

        await using var connection = await Superuser.OpenConnectionAsync(Cancelled);
        var statement = StatementFileModel.Select.Replace("@customerId", "$1", StringComparison.Ordinal).Replace("@after", "$2", StringComparison.Ordinal);
        await connection.ExecuteAsync($"SET plan_cache_mode = force_generic_plan; PREPARE page (bigint, bigint) AS {statement}");
        var plan = string.Join('\n', await connection.QueryAsync<string>("EXPLAIN (ANALYZE, TIMING off) EXECUTE page (1, 200)"));

        Assert.Contains("actual rows=1000", plan, StringComparison.Ordinal);
        Assert.DoesNotContain("Rows Removed", plan, StringComparison.Ordinal);
    }
}
