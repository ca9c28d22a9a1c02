using System.Collections.Concurrent;
using Npgsql;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof;

/// <summary>What admins do with the store itself, and who comes to it.</summary>
internal sealed partial class MixedLoad
{
    private readonly ConcurrentQueue<(long ProductId, DateTimeOffset ValidFrom, decimal Price)> _toTakeBack = new();
    private readonly ConcurrentDictionary<long, long> _opened = new();
    private long _settingsVersion = 1;

    private async Task SetPriceAsync(PurchaseLimits.Web.Store store, Random random, DateTimeOffset now)
    {
        if (random.Next(6) == 0)
        {
            await ImportPricesAsync(store, random);
            return;
        }

        var product = priced + random.Next(1, onRequest + 1);
        if (random.Next(4) > 0)
        {
            Noted("price", (await store.SetPriceAsync(new(product, random.Next(1, 70), null, "admin 1"))).Outcome);
            return;
        }

        // One that begins in an hour may be taken back.
        var from = now.AddHours(1).AddSeconds(random.Next(1000));
        var price = (decimal)random.Next(1, 70);
        Noted("future price", (await store.SetPriceAsync(new(product, price, from, "admin 1"))).Outcome);
        _toTakeBack.Enqueue((product, from, price));
        if (random.Next(2) == 0 && _toTakeBack.TryDequeue(out var future))
            Noted("take price back", (await store.TakeBackPriceAsync(new(future.ProductId, future.ValidFrom, future.Price, "admin 2"))).Outcome);
    }

    /// <summary>Prices of three products as a whole, some of them their first, and run here and not by a worker.</summary>
    private async Task ImportPricesAsync(PurchaseLimits.Web.Store store, Random random)
    {
        var rows = new List<PriceImportRow>();
        foreach (var product in Enumerable.Range(priced + 1, onRequest).OrderBy(_ => random.Next()).Take(3))
            rows.Add(new(rows.Count + 2, product, random.Next(1, 70), null, await PriceNow(product)));
        var id = Guid.CreateVersion7();
        Noted("stage prices", (await store.StagePriceImportAsync(new(id, "prices.csv", "admin 1", rows))).Outcome);
        Noted("confirm prices", (await store.ConfirmPriceImportAsync(id, "admin 2")).Outcome);
        try
        {
            var result = await store.TryImportPricesAsync(id, TimeSpan.FromSeconds(1), CancellationToken.None);
            Noted("import prices", result.End);
            if (result.End == PriceImportEnd.Failed)
                Noted("end import", (await store.EndPriceImportAsync(id, result.Failure, result.RowNumber)).Outcome);
        }
        catch (NpgsqlException exception) when (RetryPolicy.Classify(exception, sent: true) == Failure.RolledBack)
        {
            Noted("import prices", Failure.RolledBack);
        }
    }

    /// <summary>Limits of a few customers as a whole; workers bring it into force, ten seconds later.</summary>
    private async Task ImportLimitsAsync(PurchaseLimits.Web.Store store, Random random, DateTimeOffset now)
    {
        DateTimeOffset? to = random.Next(3) == 0 ? now.AddSeconds(random.Next(14, 40)) : null;
        LimitImportRow[] rows =
        [
            .. Enumerable.Range(0, 3).Select(_ => (Customer: Customer(random), Window: Window(random))).Distinct()
                .Select((limit, row) => new LimitImportRow(row + 2, limit.Customer, limit.Window.SqlName(), 100m * random.Next(1, 6), null, to)),
        ];
        var id = Guid.CreateVersion7();
        var staged = await store.StageLimitImportAsync(new(id, "limits.csv", id.ToString("N"), "admin 1", rows), _ => { }, () => true, CancellationToken.None);
        Noted("stage limits", staged.IsInOrder ? staged.Outcome : "not in order");
        Noted("confirm limits", (await store.ConfirmLimitImportAsync(id, "as the file says", "admin 2")).Outcome);
        if (random.Next(4) == 0)
            Noted("cancel limits", (await store.CancelLimitImportAsync(id, "admin 1")).Outcome);
    }

    private async Task ChangeProductAsync(PurchaseLimits.Web.Store store, Random random)
    {
        // One product in all is withdrawn at times: orders of it are refused, and such as wait for its price.
        var product = random.Next(2) == 0 ? priced : priced + onRequest;
        switch (random.Next(4))
        {
            case 0:
                Noted("withdraw", (await store.WithdrawProductAsync(product, "admin 1")).Outcome);
                Noted("restore", (await store.RestoreProductAsync(product, "admin 2")).Outcome);
                break;
            case 1:
                Noted("restore", (await store.RestoreProductAsync(product, "admin 2")).Outcome);
                break;
            case 2:
                var id = Guid.CreateVersion7();
                Noted("create", (await store.CreateProductAsync(new(id, new ProductText(1, $"New {id}", "", "mug"), "admin 1"))).Outcome);
                break;
            default:
                var revision = 1L;
                ProductChangeReply reply;
                do
                {
                    reply = await store.ChangeProductAsync(new(Guid.CreateVersion7(), product, revision, new ProductText(1, $"Product {random.Next()}", "", "mug"), "admin 1"));
                    revision = reply.RevisionNow ?? revision;
                    Noted("change product", reply.Outcome);
                }
                while (reply.Outcome == ProductChangeOutcome.ChangedMeanwhile);
                break;
        }
    }

    /// <summary>The store changes its mind, and what is held and asked expires soon.</summary>
    private async Task ChangeSettingsAsync(PurchaseLimits.Web.Store store, Random random)
    {
        var life = TimeSpan.FromMilliseconds(100 * random.Next(1, 30));
        var reply = await store.ChangeSettingsAsync(new(Volatile.Read(ref _settingsVersion), new StoreSettings
        {
            DefaultLimit = 500m,
            DefaultDayLimit = Limit.None,
            DefaultWeekLimit = Limit.None,
            DefaultMonthLimit = Limit.None,
            DefaultYearLimit = Limit.None,
            QuoteLife = TimeSpan.FromMinutes(15),
            HoldLife = life,
            ApprovalLife = life,
            RaiseDelay = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(1),
            DeferredConfirmation = random.Next(3) == 0,
            RefundRestoresAllowance = random.Next(3) > 0,
            SecondAdminAbove = SecondAdminAbove,
            WeekStartsOn = 1,
            TimeZone = "UTC",
            NoticePercents = [80, 100],
        }, "as it pleases", "admin 1"));
        Noted("settings", reply.Outcome);
        if (reply.VersionNow is { } version)
            Volatile.Write(ref _settingsVersion, version);
    }

    private async Task OpenAccountAsync(PurchaseLimits.Web.Store store)
    {
        var name = Guid.CreateVersion7().ToString("N");
        var reply = await store.OpenAccountAsync(new($"{name}@example.com", $"{name}@EXAMPLE.COM".ToUpperInvariant(), "hash", "stamp", "Somebody new"));
        Noted("open account", reply.Outcome);
        if (reply.CustomerId is { } customer)
            _opened[_opened.Count] = customer;
    }
}
