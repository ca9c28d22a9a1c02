using CsvHelper;

namespace PurchaseLimits.Web.Http;

/// <summary>A CSV file that is sent as it is written, with cells that are harmless in a spreadsheet.</summary>
public sealed class CsvDownload : IAsyncDisposable
{
    // Rows between two writes to the network.
    private const int FlushEvery = 500;

    private readonly CsvWriter _writer;
    private readonly CancellationToken _aborted;
    private int _count;

    /// <param name="response">Nothing was written to it yet.</param>
    /// <param name="fileName">ASCII letters, digits, points and hyphens.</param>
    public CsvDownload(HttpResponse response, string fileName)
    {
        response.ContentType = "text/csv; charset=utf-8";
        response.Headers.ContentDisposition = $"attachment; filename={fileName}";
        response.Headers.CacheControl = "no-store";
        _aborted = response.HttpContext.RequestAborted;
        _writer = CsvWriter.Create(response.Body, new CsvWriterOptions
        {
            WriteByteOrderMark = true, // or Excel takes it for another encoding
            Injection = CsvInjection.Escape,
        }, leaveOpen: true);
    }

    public async Task WriteAsync(params string[] cells)
    {
        await _writer.WriteRecordAsync(cells, _aborted);
        if (++_count % FlushEvery == 0)
            await _writer.FlushAsync(_aborted);
    }

    public ValueTask DisposeAsync() => _writer.DisposeAsync();
}
