namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>What is wrong with an uploaded file, and where.</summary>
/// <param name="RowNumber">As a spreadsheet counts: the header is row 1.</param>
/// <param name="Column">The column's name; null where it is about the whole row.</param>
/// <param name="Sentence">What is wrong.</param>
public sealed record FileError(long RowNumber, string? Column, string Sentence);

/// <summary>All errors of a file are counted; the first ones are kept, so that a file of nothing but errors needs no memory.</summary>
public sealed class FileErrors
{
    /// <summary>How many are shown; the page says how many more there are.</summary>
    public const int MaxShown = 200;

    private readonly List<FileError> _kept = [];

    public int Count { get; private set; }

    /// <summary>Says that nothing else in the file was looked at.</summary>
    public bool IsAboutTheWholeFile { get; private set; }

    public void Add(long rowNumber, string? column, string sentence)
    {
        Count++;
        _kept.Add(new FileError(rowNumber, column, sentence));
        if (_kept.Count >= 2 * MaxShown)
        {
            // Errors come in more than one order: from the file itself, and from what it is compared with.
            var first = First();
            _kept.Clear();
            _kept.AddRange(first);
        }
    }

    /// <summary>What else is wrong in a file that is refused anyway would only hide this.</summary>
    public void RefuseWholeFile(long rowNumber, string sentence)
    {
        _kept.Clear();
        (Count, IsAboutTheWholeFile) = (0, true);
        Add(rowNumber, null, sentence);
    }

    /// <summary>By row.</summary>
    public IReadOnlyList<FileError> First() => [.. _kept.OrderBy(error => error.RowNumber).Take(MaxShown)];
}
