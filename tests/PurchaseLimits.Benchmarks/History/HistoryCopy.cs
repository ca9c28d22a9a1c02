using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace PurchaseLimits.Benchmarks.History;

/// <summary>Writes happenings as the rows that the money functions would have left, a chunk at a time, table after table.</summary>
/// <param name="database">In its transaction.</param>
/// <param name="refunds">By the purchase's number: what became of it later.</param>
internal sealed class HistoryCopy(NpgsqlConnection database, IReadOnlyDictionary<long, Happening> refunds)
{
    private static readonly string[] FirstNames = ["Ada", "Ben", "Clara", "Dan", "Eve", "Finn", "Grace", "Henry", "Iris", "Jack", "Kate", "Liam", "Mia", "Noah", "Olive", "Paul"];
    private static readonly string[] LastNames = ["Adams", "Baker", "Clark", "Davis", "Evans", "Foster", "Green", "Hill", "Irwin", "Jones", "King", "Lopez", "Moore"];

    /// <summary>The tables that grow with the history; the others hold what it needs to begin with.</summary>
    public static readonly string[] Tables =
    [
        "customer", "customer_event", "customer_purchased_amount", "purchase", "purchase_line", "limit_change", "refund", "refund_line",
    ];

    public long Rows { get; private set; }

    public void WriteProducts(PriceList prices)
    {
        Copy("category", "category_id, slug, name, position", rows =>
        {
            for (var n = 0; n < PriceList.Categories.Count; n++)
                rows.Row().Number(n + 1).Text(PriceList.Categories[n].Slug).Text(PriceList.Categories[n].Name).Number(n + 1);
        });
        Copy("product", "product_id, category_id, name, description, tile", rows =>
        {
            foreach (var product in prices.Products)
                rows.Row().Number(product.ProductId).Number(product.CategoryId).Text(product.Name).Text(product.Description).Text(product.Tile);
        });
        Copy("product_price", "product_id, valid_from, valid_to, price, actor, set_at", rows =>
        {
            foreach (var product in prices.Products)
            {
                var all = prices.Of(product.ProductId);
                for (var n = 0; n < all.Count; n++)
                {
                    rows.Row().Number(product.ProductId).Moment(all[n].ValidFrom);
                    (n + 1 < all.Count ? rows.Moment(all[n + 1].ValidFrom) : rows.Forever()).Money(all[n].Cents).Text("admin 1").Moment(all[n].ValidFrom);
                }
            }
        });
    }

    public void Write(IReadOnlyList<Happening> chunk)
    {
        WriteEvents(chunk);
        WritePurchases(chunk);
        Copy("customer", "customer_id, display_name, registered_at", rows =>
        {
            foreach (var h in chunk.Where(h => h.Kind == Happening.Registered))
                rows.Row().Number(h.CustomerId).Text(NameOf(h.CustomerId)).Moment(h.OccurredAt);
        });
        Copy("limit_change", "customer_id, limit_change_id, limit_before, limit_after, sequence_number, valid_from", rows =>
        {
            foreach (var h in chunk.Where(h => h.Kind == Happening.LimitChanged))
                rows.Row().Number(h.CustomerId).Key(h.Key).Money(h.LimitBefore).Money(h.Limit).Number(h.SequenceNumber).Moment(h.OccurredAt);
        });
        Copy("refund", "customer_id, refund_id, purchase_id, amount, sequence_number", rows =>
        {
            foreach (var h in chunk.Where(h => h.IsRefund))
                rows.Row().Number(h.CustomerId).Key(h.Key).Key(h.Order!.PurchaseId).Money(h.Amount).Number(h.SequenceNumber);
        });
        Copy("refund_line", "customer_id, refund_id, purchase_id, product_id, quantity", rows =>
        {
            foreach (var h in chunk.Where(h => h.IsRefund))
            {
                foreach (var line in h.Returned)
                    rows.Row().Number(h.CustomerId).Key(h.Key).Key(h.Order!.PurchaseId).Number(line.ProductId).Number(line.Quantity);
            }
        });
    }

    public void WriteAccounts(IReadOnlyList<Story.Account> accounts) => Copy(
        "customer_purchased_amount",
        "customer_id, amount, held, limit_amount, ceiling, last_sequence_number, limit_sequence_number, settled_at",
        rows =>
        {
            for (var n = 0; n < accounts.Count; n++)
            {
                rows.Row().Number(n + 1).Money(accounts[n].Amount).Money(0).Money(accounts[n].Limit)
                    .Money(Math.Max(accounts[n].Limit, accounts[n].Amount))
                    .Number(accounts[n].SequenceNumber).Number(accounts[n].LimitSequenceNumber).Moment(accounts[n].SettledAt);
            }
        });

    private void WriteEvents(IReadOnlyList<Happening> chunk) => Copy(
        "customer_event",
        """
        customer_id, sequence_number, kind, purchase_id, amount, amount_before, amount_after, held_before, held_after, limit_at_time,
        actor, reason, occurred_at, restored, previous_kind, previous_purchase_sequence_number, window_limit
        """,
        rows =>
        {
            foreach (var h in chunk)
            {
                rows.Row().Number(h.CustomerId).Number(h.SequenceNumber).Text(h.Kind).Key(h.Order?.PurchaseId)
                    .Money(h.Amount).Money(h.AmountBefore).Money(h.AmountAfter).Money(0).Money(0).Money(h.Limit)
                    .Text(h.Actor).Text(h.Reason).Moment(h.OccurredAt).Money(h.Restored)
                    .Text(h.IsRefund ? Happening.Confirmed : null).Number(h.IsRefund ? h.Order!.SequenceNumber : null)
                    .Money(h.Kind == Happening.LimitChanged ? h.Limit : 0);
            }
        });

    private void WritePurchases(IReadOnlyList<Happening> chunk)
    {
        Copy(
            "purchase",
            """
            customer_id, purchase_id, purchase_number, request_hash, status, total, priced_at, shown_total, placed_at,
            sequence_number, last_sequence_number, counted_at, refunded, restored
            """,
            rows =>
            {
                foreach (var h in chunk.Where(h => h.IsPurchase))
                {
                    var (order, refund) = (h.Order!, refunds.GetValueOrDefault(h.Order!.Number));
                    rows.Row().Number(h.CustomerId).Key(order.PurchaseId).Number(order.Number).Bytes(HashOf(order))
                        .Text((refund ?? h).Kind["purchase_".Length..])
                        .Money(order.Total).Moment(order.PricedAt).Money(order.Total).Moment(order.PlacedAt)
                        .Number(h.SequenceNumber).Number((refund ?? h).SequenceNumber)
                        .Moment(h.Kind == Happening.Confirmed ? h.OccurredAt : null)
                        .Money(refund?.Amount ?? 0).Money(refund?.Restored ?? 0);
                }
            });
        Copy("purchase_line", "customer_id, purchase_id, product_id, quantity, unit_price, price_valid_from", rows =>
        {
            foreach (var h in chunk.Where(h => h.IsPurchase))
            {
                foreach (var line in h.Order!.Lines)
                {
                    rows.Row().Number(h.CustomerId).Key(h.Order.PurchaseId).Number(line.ProductId).Number(line.Quantity)
                        .Money(line.UnitPrice).Moment(line.PriceValidFrom);
                }
            }
        });
    }

    private void Copy(string table, string columns, Action<TableCopy> write)
    {
        using var rows = new TableCopy(database, table, columns);
        write(rows);
        Rows += rows.Complete();
    }

    private static string NameOf(long customerId) =>
        $"{FirstNames[customerId % FirstNames.Length]} {LastNames[customerId % LastNames.Length]}";

    // hash_purchase_request: the same checkout, sent again, is answered with what was recorded.
    private static byte[] HashOf(Order order)
    {
        var total = order.Total % 100 == 0 ? $"{order.Total / 100}" : $"{order.Total / 100}.{order.Total % 100:00}".TrimEnd('0');
        return SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"{order.PricedAt / 1_000_000}.{order.PricedAt % 1_000_000:000000}|{total}|{{{string.Join(',', order.Lines.Select(line => line.ProductId))}}}|{{{string.Join(',', order.Lines.Select(line => line.Quantity))}}}")));
    }
}
