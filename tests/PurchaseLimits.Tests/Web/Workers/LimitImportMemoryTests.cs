using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Pages.Admin;
using Xunit;

namespace PurchaseLimits.Tests.Web.Workers;

/// <summary>The largest file of limits there may be, uploaded, confirmed and brought into force by this very process.</summary>
public sealed class LimitImportMemoryTests(PostgresServer server) : StoreWebTest(server)
{
    /// <summary>Bytes more than before.</summary>
    private const long MaxMore = 300L * 1024 * 1024;

    [Fact]
    public async Task A_hundred_thousand_rows_take_at_most_300_MB_more_than_idle()
    {
        await ExecuteAsync(
            """
            INSERT INTO store.customer SELECT id, 'Customer ' || id, now() - interval '1 hour' FROM generate_series(1, 100000) id;
            INSERT INTO store.customer_event (customer_id, sequence_number, kind, amount, amount_before, amount_after, held_before,
                                              held_after, limit_at_time, actor, reason, occurred_at)
            SELECT id, 1, 'customer_registered', 0, 0, 0, 0, 0, 500, 'test', '', now() - interval '1 hour' FROM generate_series(1, 100000) id;
            INSERT INTO store.customer_purchased_amount (customer_id, amount, held, limit_amount, ceiling, last_sequence_number, settled_at)
            SELECT id, 0, 0, 500, 500, 1, now() - interval '1 hour' FROM generate_series(1, 100000) id;
            ANALYZE
            """);
        await AddAdminAsync();
        using var admin = await SignedInAsync("admin@example.com");
        var form = await admin.GetAsync("/admin/limits/import");
        var file = new StringBuilder("customer,limit,window,until\n");
        for (var n = 1; n <= LimitFile.MaxRows; n++)
            file.Append(CultureInfo.InvariantCulture, $"{n},{600 + (n % 100)}.50,lifetime,2099-12-31\n");
        var bytes = Encoding.UTF8.GetBytes(file.ToString());
        file.Clear();
        var idle = WorkingSet();
        var peak = idle;
        var step = Stopwatch.StartNew();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Cancelled);
        var watch = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                peak = Math.Max(peak, WorkingSet());
                await Task.Delay(50, CancellationToken.None);
            }
        }, Cancelled);

        var uploaded = await admin.UploadAsync(form, "main form[enctype]", "limits.csv", bytes);
        Assert.Equal(HttpStatusCode.SeeOther, uploaded.Status);
        Note("checked");
        var confirmed = await admin.SubmitAsync(await admin.FollowAsync(uploaded), "form[action*='Confirm']", ("reason", "all of them"));
        Assert.True(confirmed.Status == HttpStatusCode.SeeOther, $"{confirmed.Status}: {confirmed.Text}");
        await ReachAsync("SELECT in_force_at <= clock_timestamp() FROM store.limit_import");
        Note("in force");
        Assert.Equal(100_000, await ScalarAsync<long>("SELECT announced_count FROM store.limit_import_progress"));
        // From here on each batch (of 200) is like the last.
        await ReachAsync("SELECT settled_count >= 2000 FROM store.limit_import_progress");
        Note("2,000 ledgers written");
        await Web.DisposeAsync();

        await end.CancelAsync();
        await watch;
        Note($"{idle / 1048576} MB idle, {peak / 1048576} MB at most");
        Assert.InRange(peak - idle, 0, MaxMore);

        void Note(string what) => TestContext.Current.TestOutputHelper!.WriteLine($"{step.Elapsed.TotalSeconds:0.0} s: {what}, {WorkingSet() / 1048576} MB");
    }

    private static long WorkingSet() => Environment.WorkingSet;

    private async Task ReachAsync(string condition)
    {
        for (var tries = 0; !await ScalarAsync<bool>(condition); tries++)
        {
            Assert.True(tries < 3000, condition);
            await Task.Delay(200, Cancelled);
        }
    }
}
