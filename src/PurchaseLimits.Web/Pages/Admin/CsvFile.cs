using System.Globalization;
using System.Text;
using CsvHelper;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What a file may look like.</summary>
/// <param name="Columns">Their names, which may stand in any order.</param>
/// <param name="RequiredColumns">Those that must be there.</param>
/// <param name="MaxRows">Rows below the header.</param>
public sealed record CsvFileShape(string[] Columns, string[] RequiredColumns, int MaxRows);

/// <summary>A row with as many cells as the header, all of them text that can be seen.</summary>
public sealed class CsvFileRow(long rowNumber, string[] header, string[] cells)
{
    /// <summary>As a spreadsheet counts: the header is row 1.</summary>
    public long RowNumber { get; } = rowNumber;

    /// <summary>Empty where the file does not have that column.</summary>
    public string this[string column] => Array.IndexOf(header, column) is >= 0 and var i ? cells[i] : "";
}

/// <summary>Reads an uploaded CSV file row by row. Nothing is trimmed, guessed or corrected.</summary>
public static class CsvFile
{
    private const int BlockSize = 64 * 1024;

    /// <param name="stream">UTF-8, with or without its mark; it is read from its beginning, twice.</param>
    /// <param name="shape">What it may look like.</param>
    /// <param name="errors">Takes what is wrong; rows that are in error are left out.</param>
    public static IEnumerable<CsvFileRow> Read(Stream stream, CsvFileShape shape, FileErrors errors)
    {
        if (FirstRowNotInUtf8OrNull(stream) is { } badRow)
        {
            errors.RefuseWholeFile(badRow, "This is not UTF-8. Save the file as “CSV UTF-8” and upload it again.");
            yield break;
        }

        stream.Position = 0;
        var badQuotes = new HashSet<long>();
        using var text = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false, leaveOpen: true);
        if (text.Peek() == '\uFEFF')
            text.Read();
        using var reader = CsvReader.Create(text, new CsvReaderOptions
        {
            Separator = ',',
            HasHeader = false, // it is row 1, and read here
            SkipEmptyLines = false, // they count in a spreadsheet
            TrimWhitespace = false,
            OnMalformedRecord = record => badQuotes.Add(record.RecordNumber),
        }, leaveOpen: true);
        if (!reader.Read())
        {
            errors.Add(1, null, "The file is empty.");
            yield break;
        }

        var header = reader.Current.ToArray();
        ReadHeader(header, badQuotes.Contains(1), shape, errors);
        // What a row says cannot be told without a header.
        if (errors.Count > 0)
            yield break;

        var isEmpty = true;
        while (reader.Read())
        {
            if (reader.RowNumber > shape.MaxRows + 1)
            {
                errors.RefuseWholeFile(reader.RowNumber,
                    string.Create(CultureInfo.InvariantCulture, $"A file may have {shape.MaxRows:#,##0} rows below its header."));
                yield break;
            }

            isEmpty = false;
            if (RowOrNull(reader.RowNumber, header, reader.Current.ToArray(), badQuotes.Contains(reader.RowNumber), errors) is { } row)
                yield return row;
        }

        if (isEmpty)
            errors.Add(2, null, "There is no row below the header.");
    }

    /// <summary>The row that an unreadable byte is in, as a spreadsheet counts where no cell has line breaks.</summary>
    private static long? FirstRowNotInUtf8OrNull(Stream stream)
    {
        stream.Position = 0;
        var decoder = new UTF8Encoding(false, throwOnInvalidBytes: true).GetDecoder();
        var block = new byte[BlockSize];
        var chars = new char[BlockSize + 2];
        var row = 1L;
        int length;
        do
        {
            length = stream.Read(block);
            try
            {
                decoder.GetChars(block.AsSpan(0, length), chars, flush: length == 0);
            }
            catch (DecoderFallbackException exception)
            {
                return row + block.AsSpan(0, Math.Clamp(exception.Index, 0, length)).Count((byte)'\n');
            }

            row += block.AsSpan(0, length).Count((byte)'\n');
        }
        while (length > 0);

        return null;
    }

    private static void ReadHeader(string[] header, bool badQuotes, CsvFileShape shape, FileErrors errors)
    {
        if (badQuotes)
            errors.Add(1, null, "A quotation mark stands where none may be.");
        foreach (var column in header.Where(column => !shape.Columns.Contains(column)))
        {
            errors.Add(1, RequestGuard.IsReadable(column) ? column : "?",
                $"This column is not known. The columns are {string.Join(", ", shape.Columns[..^1])} and {shape.Columns[^1]}, with commas in between.");
        }

        foreach (var column in shape.Columns.Where(column => header.Count(other => other == column) > 1))
            errors.Add(1, column, "This column is there twice.");
        foreach (var column in shape.RequiredColumns.Except(header))
            errors.Add(1, column, "This column is missing.");
    }

    private static CsvFileRow? RowOrNull(long rowNumber, string[] header, string[] cells, bool badQuotes, FileErrors errors)
    {
        var errorsBefore = errors.Count;
        if (badQuotes)
            errors.Add(rowNumber, null, "A quotation mark stands where none may be.");
        else if (cells.All(string.IsNullOrWhiteSpace))
            errors.Add(rowNumber, null, "The row is empty.");
        else if (cells.Length != header.Length)
            errors.Add(rowNumber, null, $"The row has {cells.Length} columns, the header has {header.Length}.");
        for (var i = 0; i < cells.Length && errors.Count == errorsBefore; i++)
        {
            if (!RequestGuard.IsReadable(cells[i]) || cells[i].Any(char.IsControl))
                errors.Add(rowNumber, header[i], "There is a character in it that cannot be seen.");
        }

        return errors.Count == errorsBefore ? new CsvFileRow(rowNumber, header, cells) : null;
    }
}
