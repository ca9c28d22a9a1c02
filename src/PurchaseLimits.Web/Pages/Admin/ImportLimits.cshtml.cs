using System.Security.Cryptography;
using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Takes a file of limits. What is in order is kept and shown at its own address; nothing is changed here.</summary>
[LargeBody(LimitFile.MaxBytes + RequestGuard.MaxBodySize)]
public sealed class ImportLimitsModel(StoreDataSources dataSources, Store store) : PageModel
{
    private const int NewestCount = 10;

    public sealed record Input
    {
        /// <summary>The import's id, made when the page was rendered.</summary>
        public string? LimitImportId { get; init; }

        public IFormFile? File { get; init; }
    }

    private sealed record NewestImport(
        Guid LimitImportId, string FileName, string UploadedBy, DateTimeOffset UploadedAt, long RowCount, string Status);

    public string LimitImportId { get; private set; } = "";

    /// <summary>The file that was refused.</summary>
    public string? FileName { get; private set; }

    public FileErrors Errors { get; } = new();

    /// <summary>Newest first.</summary>
    public IReadOnlyList<NewestFile> Newest { get; private set; } = [];

    /// <summary>Where days begin and end.</summary>
    public string TimeZone { get; private set; } = "";

    public Task OnGetAsync() => ReadAsync();

    public async Task<IActionResult> OnPostAsync([FromForm] Input input)
    {
        if (!Guid.TryParseExact(input.LimitImportId, "D", out var limitImportId))
            return BadRequest();
        await ReadAsync();
        if (UploadedFile.RefusalOrNull(input.File, out var fileName) is { } refusal)
            return Refuse(refusal);
        if (input.File!.Length > LimitFile.MaxBytes)
            return StatusCode(StatusCodes.Status413PayloadTooLarge);

        FileName = fileName;
        await using var stream = input.File.OpenReadStream();
        var hash = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, HttpContext.RequestAborted));
        // Read as it is sent on: rows that are right so far are compared with what is in force even where others are wrong.
        var reply = await store.StageLimitImportAsync(
            new LimitImportRequest(limitImportId, fileName, hash, User.AdminActor(), LimitFile.Read(stream, Errors)),
            refuse: problem =>
            {
                var (column, sentence) = LimitFile.WhatIsWrong(problem);
                Errors.Add(problem.RowNumber, column, sentence);
            },
            isInOrder: () => Errors.Count == 0,
            HttpContext.RequestAborted);
        return reply.Outcome switch
        {
            LimitImportStagingOutcome.Staged when !reply.IsInOrder =>
                Refuse("Nothing was changed: there are errors in the file. They are listed below."),
            LimitImportStagingOutcome.Staged or LimitImportStagingOutcome.AlreadyRecorded =>
                new SeeOtherResult($"/admin/limits/import/{limitImportId:D}"),
            LimitImportStagingOutcome.KeyReused => Refuse("This page had uploaded another file before. Choose the file again."),
            LimitImportStagingOutcome.Busy => this.PageBusy(),
            LimitImportStagingOutcome.InDoubt => this.PageInDoubt(),
            _ => throw new InvalidOperationException($"stage_limit_import ended as {reply.Outcome}."),
        };
    }

    private PageResult Refuse(string sentence)
    {
        ModelState.AddModelError("file", sentence);
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    private async Task ReadAsync()
    {
        // Also after a refusal: what was uploaded under the old key, if anything, keeps it.
        LimitImportId = Guid.CreateVersion7().ToString("D");
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        TimeZone = await connection.QuerySingleAsync<string>("SELECT time_zone FROM store.store_setting");
        Newest = (await connection.QueryAsync<NewestImport>(
            $"""
            SELECT i.limit_import_id, i.file_name, i.uploaded_by, i.uploaded_at, i.row_count, i.status
            FROM store.limit_import i
            ORDER BY i.uploaded_at DESC
            LIMIT {NewestCount}
            """)).Select(import => new NewestFile(
                $"/admin/limits/import/{import.LimitImportId:D}", import.FileName, import.RowCount,
                LimitImportReading.WordsFor(import.Status), import.UploadedBy, import.UploadedAt)).ToList();
    }
}
