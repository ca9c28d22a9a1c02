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
    private const int NewestCount = 10;

    public sealed record Input
    {
        /// <summary>The import's id, made when the page was rendered.</summary>
        public string? PriceImportId { get; init; }

        public IFormFile? File { get; init; }
    }

    private sealed record NewestImport(
        Guid PriceImportId, string FileName, string UploadedBy, DateTimeOffset UploadedAt, long RowCount, string Status);

    public string PriceImportId { get; private set; } = "";

    /// <summary>The file that was refused.</summary>
    public string? FileName { get; private set; }

    public FileErrors Errors { get; } = new();

    /// <summary>Newest first.</summary>
    public IReadOnlyList<NewestFile> Newest { get; private set; } = [];

    public Task OnGetAsync() => ReadNewestAsync();

    public async Task<IActionResult> OnPostAsync([FromForm] Input input)
    {
        if (!Guid.TryParseExact(input.PriceImportId, "D", out var priceImportId))
            return BadRequest();
        await ReadNewestAsync();
        if (UploadedFile.RefusalOrNull(input.File, out var fileName) is { } refusal)
            return Refuse(refusal);
        if (input.File!.Length > PriceFile.MaxBytes)
            return StatusCode(StatusCodes.Status413PayloadTooLarge);

        FileName = fileName;
        await using var stream = input.File.OpenReadStream();
        // Rows that are right so far are compared with the products even where others are wrong: one upload names every error.
        var rows = await PriceFileCheck.RunAsync(dataSources, PriceFile.Read(stream, Errors), Errors);
        if (Errors.Count > 0)
            return Refuse("Nothing was imported: there are errors in the file. They are listed below.");

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
            """)).Select(import => new NewestFile(
                $"/admin/prices/import/{import.PriceImportId:D}", import.FileName, import.RowCount,
                PriceImportReading.WordsFor(import.Status), import.UploadedBy, import.UploadedAt)).ToList();
    }
}
