using System.Globalization;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin.Reports;

/// <summary>A report as a CSV file. Each row says of when it is: a file that is long in coming may span a refresh.</summary>
public sealed class ReportFile : IAsyncDisposable
{
    private readonly CsvDownload _file;
    private readonly string[] _columns;
    private bool _isBegun;

    /// <param name="response">Nothing was written to it yet.</param>
    /// <param name="name">Of the file, without its ending.</param>
    /// <param name="columns">All but the last, which is <c>as_of</c>.</param>
    public ReportFile(HttpResponse response, string name, params string[] columns)
    {
        _file = new CsvDownload(response, $"{name}.csv");
        _columns = columns;
    }

    /// <param name="asOf">Null only where there is no row.</param>
    /// <param name="cells">One for each column.</param>
    public async Task WriteAsync(DateTimeOffset? asOf, params string[] cells)
    {
        await BeginAsync();
        await _file.WriteAsync([.. cells, Moment(asOf)]);
    }

    public async ValueTask DisposeAsync()
    {
        await BeginAsync();
        await _file.DisposeAsync();
    }

    public static string Money(decimal amount) => amount.ToString("0.00", CultureInfo.InvariantCulture);

    public static string Count(long? count) => count?.ToString(CultureInfo.InvariantCulture) ?? "";

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static string Moment(DateTimeOffset? moment) => moment is { } known ? StrictInput.Moment(known.ToUniversalTime()) : "";

    private async Task BeginAsync()
    {
        if (_isBegun)
            return;
        _isBegun = true;
        await _file.WriteAsync([.. _columns, "as_of"]);
    }
}
