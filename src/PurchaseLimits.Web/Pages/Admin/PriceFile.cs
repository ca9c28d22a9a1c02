using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// Reads a CSV file with the columns product_id, price and, where wanted, valid_from. The column name, which an export has
/// for people's sake, is not read.
/// </summary>
public static class PriceFile
{
    public const long MaxBytes = 2 * 1024 * 1024;
    public const int MaxRows = 20_000;
    public const decimal MaxPrice = 1_000_000;

    private static readonly CsvFileShape s_shape = new(["product_id", "price", "valid_from", "name"], ["product_id", "price"], MaxRows);

    /// <param name="stream">UTF-8, with or without its mark.</param>
    /// <param name="errors">Takes what is wrong; rows that are in error are left out.</param>
    public static IReadOnlyList<PriceFileRow> Read(Stream stream, FileErrors errors)
    {
        var rows = new List<PriceFileRow>();
        var seen = new Dictionary<(long, DateTimeOffset?), long>();
        foreach (var row in CsvFile.Read(stream, s_shape, errors))
        {
            if (RowOrNull(row, errors) is not { } read)
                continue;
            if (seen.TryAdd((read.ProductId, read.ValidFrom), row.RowNumber))
                rows.Add(read);
            else
                errors.Add(row.RowNumber, "product_id", $"Row {seen[(read.ProductId, read.ValidFrom)]} sets a price of this product from the same moment.");
        }

        return errors.IsAboutTheWholeFile ? [] : rows;
    }

    private static PriceFileRow? RowOrNull(CsvFileRow row, FileErrors errors)
    {
        var errorsBefore = errors.Count;
        if (!StrictInput.TryId(row["product_id"], out var productId))
            errors.Add(row.RowNumber, "product_id", "Write a product's number in digits.");
        if (!FileCells.TryAmount(row["price"], out var price, out var isTooFine))
            errors.Add(row.RowNumber, "price", isTooFine ? "A price has two decimals at most." : "Write an amount in dollars like 750 or 750.50.");
        else if (price > MaxPrice)
            errors.Add(row.RowNumber, "price", $"A price is {Display.Money(MaxPrice)} at most.");
        DateTimeOffset? validFrom = null;
        if (row["valid_from"] is { Length: > 0 } typed)
        {
            if (MomentInput.TryIso(typed, out var moment))
                validFrom = moment;
            else
                errors.Add(row.RowNumber, "valid_from", "Write a moment in UTC like 2027-01-31T08:30:00Z, or nothing for “from now on”.");
        }

        return errors.Count == errorsBefore ? new PriceFileRow(row.RowNumber, productId, price, validFrom) : null;
    }
}
