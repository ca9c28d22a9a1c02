using System.Globalization;
using System.Text;
using CsvHelper;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// Reads a CSV file with the columns product_id, price and, where wanted, valid_from. The column name, which an export has
/// for people's sake, is not read. Nothing is trimmed, guessed or corrected.
/// </summary>
public sealed class PriceFile
{
    public const long MaxBytes = 2 * 1024 * 1024;
    public const int MaxRows = 20_000;
    public const decimal MaxPrice = 1_000_000;

    private static readonly string[] s_columns = ["product_id", "price", "valid_from", "name"];

    private static readonly string[] s_requiredColumns = ["product_id", "price"];

    private readonly List<PriceFileRow> _rows = [];
    private readonly List<PriceFileError> _errors = [];
    private readonly Dictionary<(long, DateTimeOffset?), long> _seen = [];
    private string[] _header = [];

    private PriceFile()
    {
    }

    public IReadOnlyList<PriceFileRow> Rows => _rows;

    public IReadOnlyList<PriceFileError> Errors => _errors;

    /// <param name="bytes">UTF-8, with or without its mark.</param>
    public static PriceFile Read(byte[] bytes)
    {
        var file = new PriceFile();
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes).TrimStart('\uFEFF');
        }
        catch (DecoderFallbackException exception)
        {
            file.Refuse(1 + bytes.AsSpan(0, Math.Max(exception.Index, 0)).Count((byte)'\n'), null,
                "This is not UTF-8. Save the file as “CSV UTF-8” and upload it again.");
            return file;
        }

        file.ReadText(text);
        return file;
    }

    private void Refuse(long rowNumber, string? column, string sentence) => _errors.Add(new PriceFileError(rowNumber, column, sentence));

    private void ReadText(string text)
    {
        var badQuotes = new HashSet<long>();
        using var reader = CsvReader.FromText(text, new CsvReaderOptions
        {
            Separator = ',',
            HasHeader = false, // it is row 1, and read here
            SkipEmptyLines = false, // they count in a spreadsheet
            TrimWhitespace = false,
            OnMalformedRecord = record => badQuotes.Add(record.RecordNumber),
        });
        if (!reader.Read())
        {
            Refuse(1, null, "The file is empty.");
            return;
        }

        _header = reader.Current.ToArray();
        ReadHeader(badQuotes.Contains(1));
        // What a row says cannot be told without a header.
        if (_errors.Count > 0)
            return;

        while (reader.Read())
        {
            if (reader.RowNumber > MaxRows + 1)
            {
                // What else is wrong in a file that is refused anyway would only hide this.
                _rows.Clear();
                _errors.Clear();
                Refuse(reader.RowNumber, null, string.Create(CultureInfo.InvariantCulture, $"A file may have {MaxRows:#,##0} rows below its header."));
                return;
            }

            var cells = reader.Current.ToArray();
            if (badQuotes.Contains(reader.RowNumber))
                Refuse(reader.RowNumber, null, "A quotation mark stands where none may be.");
            else if (cells.All(string.IsNullOrWhiteSpace))
                Refuse(reader.RowNumber, null, "The row is empty.");
            else if (cells.Length != _header.Length)
                Refuse(reader.RowNumber, null, $"The row has {cells.Length} columns, the header has {_header.Length}.");
            else
                ReadRow(reader.RowNumber, cells);
        }

        if (_rows.Count == 0 && _errors.Count == 0)
            Refuse(2, null, "There is no row below the header.");
    }

    private void ReadHeader(bool badQuotes)
    {
        if (badQuotes)
            Refuse(1, null, "A quotation mark stands where none may be.");
        foreach (var column in _header.Where(column => !s_columns.Contains(column)))
        {
            Refuse(1, RequestGuard.IsReadable(column) ? column : "?",
                "This column is not known. The columns are product_id, price, valid_from and name, with commas in between.");
        }

        foreach (var column in s_columns.Where(column => _header.Count(other => other == column) > 1))
            Refuse(1, column, "This column is there twice.");
        foreach (var column in s_requiredColumns.Except(_header))
            Refuse(1, column, "This column is missing.");
    }

    private void ReadRow(long rowNumber, string[] cells)
    {
        var errorsBefore = _errors.Count;
        for (var i = 0; i < cells.Length; i++)
        {
            if (!RequestGuard.IsReadable(cells[i]) || cells[i].Any(char.IsControl))
                Refuse(rowNumber, _header[i], "There is a character in it that cannot be seen.");
        }

        if (_errors.Count > errorsBefore)
            return;

        if (!StrictInput.TryId(Cell("product_id"), out var productId))
            Refuse(rowNumber, "product_id", "Write a product's number in digits.");
        var price = ReadPrice(rowNumber, Cell("price"));
        DateTimeOffset? validFrom = null;
        if (Cell("valid_from") is { Length: > 0 } typed)
        {
            if (MomentInput.TryIso(typed, out var moment))
                validFrom = moment;
            else
                Refuse(rowNumber, "valid_from", "Write a moment in UTC like 2027-01-31T08:30:00Z, or nothing for “from now on”.");
        }

        if (_errors.Count > errorsBefore)
            return;
        if (_seen.TryAdd((productId, validFrom), rowNumber))
            _rows.Add(new PriceFileRow(rowNumber, productId, price, validFrom));
        else
            Refuse(rowNumber, "product_id", $"Row {_seen[(productId, validFrom)]} sets a price of this product from the same moment.");

        string Cell(string column) => Array.IndexOf(_header, column) is >= 0 and var i ? cells[i] : "";
    }

    private decimal ReadPrice(long rowNumber, string text)
    {
        if (!StrictInput.TryAmount(text, out var price))
        {
            var isFine = text.Split('.') is [{ Length: > 0 } dollars, { Length: > 2 } cents]
                && dollars.All(char.IsAsciiDigit) && cents.All(char.IsAsciiDigit);
            Refuse(rowNumber, "price", isFine ? "A price has two decimals at most." : "Write an amount in dollars like 750 or 750.50.");
        }
        else if (price > MaxPrice)
        {
            Refuse(rowNumber, "price", $"A price is {Display.Money(MaxPrice)} at most.");
        }

        return price;
    }
}
