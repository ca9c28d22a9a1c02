using Dapper;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>The dry run: what a file of prices would do, compared with the products and prices that there are.</summary>
public static class PriceFileCheck
{
    private sealed record Finding
    {
        public long RowNumber { get; init; }
        public bool IsKnown { get; init; }
        public bool IsPast { get; init; }
        public DateTimeOffset CheckedAt { get; init; }

        /// <summary>The price that holds at the row's moment, and since when; null where none does.</summary>
        public decimal? Price { get; init; }
        public DateTimeOffset? PriceSince { get; init; }
    }

    /// <summary>Changes nothing. The rows by product, then moment; those that are in error are left out.</summary>
    public static async Task<IReadOnlyList<PriceImportRow>> RunAsync(
        StoreDataSources dataSources, IEnumerable<PriceFileRow> fileRows, FileErrors errors)
    {
        var rows = fileRows.OrderBy(row => row.ProductId).ThenBy(row => row.ValidFrom ?? DateTimeOffset.MinValue).ToArray();
        var checkedRows = new List<PriceImportRow>(rows.Length);
        var findings = await ReadAsync(dataSources, rows);
        for (var i = 0; i < rows.Length; i++)
        {
            var (row, finding) = (rows[i], findings[i]);
            if (!finding.IsKnown)
                errors.Add(row.RowNumber, "product_id", $"There is no product {row.ProductId}.");
            else if (finding.IsPast)
                errors.Add(row.RowNumber, "valid_from", "This moment has passed. Past prices never change.");

            // The row before may be about the same product: what holds then is its price, unless another is set in between.
            var earlier = i > 0 && rows[i - 1].ProductId == row.ProductId ? rows[i - 1] : null;
            var isFromFile = earlier is not null
                && (finding.PriceSince is null || finding.PriceSince <= (earlier.ValidFrom ?? finding.CheckedAt));
            checkedRows.Add(new PriceImportRow(row.RowNumber, row.ProductId, row.Price, row.ValidFrom,
                isFromFile ? earlier!.Price : finding.Price));
        }

        return checkedRows;
    }

    private static async Task<IReadOnlyList<Finding>> ReadAsync(StoreDataSources dataSources, PriceFileRow[] rows)
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        return (await connection.QueryAsync<Finding>(
            """
            SELECT r.row_number, p.product_id IS NOT NULL AS is_known,
                   coalesce(r.valid_from <= statement_timestamp(), false) AS is_past,
                   statement_timestamp() AS checked_at, h.price, h.valid_from AS price_since
            FROM unnest(@rowNumbers, @productIds, @validFroms::timestamptz[])
                 WITH ORDINALITY r (row_number, product_id, valid_from, position)
            LEFT JOIN store.product p ON p.product_id = r.product_id
            LEFT JOIN LATERAL (
                SELECT pp.price, pp.valid_from, pp.valid_to
                FROM store.product_price pp
                WHERE pp.product_id = r.product_id
                  AND pp.valid_from <= coalesce(r.valid_from, statement_timestamp())
                ORDER BY pp.valid_from DESC
                LIMIT 1
            ) h ON h.valid_to > coalesce(r.valid_from, statement_timestamp())
            ORDER BY r.position
            """,
            new
            {
                rowNumbers = rows.Select(row => row.RowNumber).ToArray(),
                productIds = rows.Select(row => row.ProductId).ToArray(),
                validFroms = rows.Select(row => row.ValidFrom?.UtcDateTime).ToArray(),
            })).AsList();
    }
}
