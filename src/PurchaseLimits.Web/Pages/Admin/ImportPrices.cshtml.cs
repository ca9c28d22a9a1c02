using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Takes a file of prices. What is in order is kept and shown at its own address; nothing is changed here.</summary>
[LargeBody(PriceFile.MaxBytes + RequestGuard.MaxBodySize)]
public sealed class ImportPricesModel(StoreDataSources dataSources, Store store) : PageModel
{
    /// <summary>How many errors the page shows; it says how many more there are.</summary>
    public const int MaxErrorsShown = 200;

    private const int MaxFileNameLength = 255;
    private const int NewestCount = 10;

    public sealed record Input
    {
        /// <summary>The import's id, made when the page was rendered.</summary>
        public string? PriceImportId { get; init; }

        public IFormFile? File { get; init; }
    }

    public sealed record NewestImport(
        Guid PriceImportId, string FileName, string UploadedBy, DateTimeOffset UploadedAt, long RowCount, string Status);

    public string PriceImportId { get; private set; } = "";

    /// <summary>The file that was refused.</summary>
    public string? FileName { get; private set; }

    /// <summary>By row.</summary>
    public IReadOnlyList<PriceFileError> Errors { get; private set; } = [];

    /// <summary>Newest first.</summary>
    public IReadOnlyList<NewestImport> Newest { get; private set; } = [];

    public Task OnGetAsync() => ReadNewestAsync();

    public async Task<IActionResult> OnPostAsync([FromForm] Input input)
    {
        if (!Guid.TryParseExact(input.PriceImportId, "D", out var priceImportId))
            return BadRequest();
        await ReadNewestAsync();
        if (input.File is not { Length: > 0 } upload)
            return Refuse("Choose a CSV file that is not empty.");
        if (upload.Length > PriceFile.MaxBytes)
            return StatusCode(StatusCodes.Status413PayloadTooLarge);
        if (!RequestGuard.IsReadable(upload.FileName) || !StrictInput.TryText(upload.FileName, MaxFileNameLength, lineBreaks: false, out var fileName))
            return Refuse("The file's name cannot be read. Give it another name.");

        FileName = fileName;
        var (rows, errors) = await CheckAsync(upload);
        if (errors.Count > 0)
        {
            Errors = [.. errors.OrderBy(error => error.RowNumber)];
            return Refuse("Nothing was imported: there are errors in the file. They are listed below.");
        }

        var reply = await store.StagePriceImportAsync(new PriceImportRequest(priceImportId, fileName, User.AdminActor(), rows));
        return reply.Outcome switch
        {
            PriceImportStagingOutcome.Staged or PriceImportStagingOutcome.AlreadyRecorded =>
                new SeeOtherResult($"/admin/prices/import/{priceImportId:D}"),
            PriceImportStagingOutcome.KeyReused => Refuse("This page had uploaded another file before. Choose the file again."),
            PriceImportStagingOutcome.Busy => this.PageBusy(),
            PriceImportStagingOutcome.InDoubt => this.PageInDoubt(),
            _ => throw new InvalidOperationException($"stage_price_import ended as {reply.Outcome}."),
        };
    }

    private async Task<(IReadOnlyList<PriceImportRow> Rows, IReadOnlyList<PriceFileError> Errors)> CheckAsync(IFormFile upload)
    {
        using var bytes = new MemoryStream();
        await upload.CopyToAsync(bytes, HttpContext.RequestAborted);
        var file = PriceFile.Read(bytes.ToArray());
        // Rows that are right so far are compared with the products even where others are wrong: one upload names every error.
        var (rows, errors) = await PriceFileCheck.RunAsync(dataSources, file.Rows);
        return (rows, [.. file.Errors, .. errors]);
    }

    private PageResult Refuse(string sentence)
    {
        ModelState.AddModelError("file", sentence);
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    private async Task ReadNewestAsync()
    {
        // Also after a refusal: what was uploaded under the old key, if anything, keeps it.
        PriceImportId = Guid.CreateVersion7().ToString("D");
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        Newest = (await connection.QueryAsync<NewestImport>(
            $"""
            SELECT i.price_import_id, i.file_name, i.uploaded_by, i.uploaded_at, i.row_count, i.status
            FROM store.price_import i
            ORDER BY i.uploaded_at DESC
            LIMIT {NewestCount}
            """)).AsList();
    }
}
