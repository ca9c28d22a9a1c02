using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// One limit for the customers that were ticked in the list. What is sent from here is kept as a file of limits would be, and
/// shown at its own address: nothing is changed before somebody has seen there what it does, and said why.
/// </summary>
public sealed class SelectedLimitsModel(StoreDataSources dataSources, Store store) : PageModel
{
    public const int MaxSelected = CustomersModel.PageSize;

    public sealed record Selection
    {
        /// <summary>Customers' numbers. Not empty by itself: the binder would fill that, and cannot.</summary>
        public IReadOnlyList<string>? Customer { get; init; }
    }

    public sealed record Input
    {
        public IReadOnlyList<string>? Customer { get; init; }

        /// <summary>The import's id, made when the page was rendered.</summary>
        public string? LimitImportId { get; init; }

        public string? Window { get; init; }
        public string? LimitAfter { get; init; }

        /// <summary>Instead of an amount.</summary>
        public string? NoLimit { get; init; }

        /// <summary>In the store's zone, the last day; empty: for good.</summary>
        public string? Until { get; init; }
    }

    public Input Form { get; private set; } = new();

    /// <summary>By number.</summary>
    public IReadOnlyList<CustomerRow> Customers { get; private set; } = [];

    /// <summary>What is wrong with it for one of them, by customer's number.</summary>
    public IReadOnlyDictionary<long, string> Problems => _problems;

    public string LimitImportId { get; } = Guid.CreateVersion7().ToString("D");

    /// <summary>Where days begin and end.</summary>
    public string Zone { get; private set; } = "";

    private readonly Dictionary<long, string> _problems = [];

    public async Task<IActionResult> OnGetAsync([FromQuery] Selection query)
    {
        if (query.Customer is null or [])
        {
            TempData["notice-warn"] = "Nobody is selected. Tick the customers first.";
            return new SeeOtherResult("/admin/customers");
        }

        return await ReadAsync(query.Customer) ?? Page();
    }

    public async Task<IActionResult> OnPostAsync([FromForm] Input form)
    {
        if (await ReadAsync(form.Customer) is { } nobody)
            return nobody;
        if (!Guid.TryParseExact(form.LimitImportId, "D", out var limitImportId)
            || !LimitWords.TryWindow(form.Window, out var window)
            || form.NoLimit is not (null or ChangeLimitForm.Ticked))
            return BadRequest();

        Form = form;
        var limitAfter = LimitInput.Read(ModelState, form.LimitAfter, form.NoLimit is not null);
        var until = await StoreMoment.ReadAsync(dataSources.AdminPages, form.Until, isEnd: true);
        if (until.Trouble is not null)
            ModelState.AddModelError("until", until.Trouble);
        else if (until.IsPast)
            ModelState.AddModelError("until", "That moment has passed.");
        if (!ModelState.IsValid)
            return this.PageWith(StatusCodes.Status422UnprocessableEntity);

        var rows = Customers.Select((customer, i) =>
            new LimitImportRow(i + 1, customer.CustomerId, window.SqlName(), limitAfter, LastDay: null, until.Moment)).ToList();
        var reply = await store.StageLimitImportAsync(
            new LimitImportRequest(limitImportId, NameOf(rows.Count), HashOf(rows), User.AdminActor(), rows),
            refuse: problem => _problems[Customers[(int)problem.RowNumber - 1].CustomerId] = LimitFile.WhatIsWrong(problem).Sentence,
            isInOrder: () => true,
            HttpContext.RequestAborted);
        return reply.Outcome switch
        {
            LimitImportStagingOutcome.Staged when !reply.IsInOrder => Refuse("Nothing was changed: it cannot be set for all of them. Below is why."),
            LimitImportStagingOutcome.Staged or LimitImportStagingOutcome.AlreadyRecorded => new SeeOtherResult($"/admin/limits/import/{limitImportId:D}"),
            LimitImportStagingOutcome.KeyReused => Refuse("This page had sent another limit before. Look at this one and send it again."),
            LimitImportStagingOutcome.Busy => this.PageBusy(),
            LimitImportStagingOutcome.InDoubt => this.PageInDoubt(),
            _ => throw new InvalidOperationException($"stage_limit_import ended as {reply.Outcome}."),
        };
    }

    private PageResult Refuse(string sentence)
    {
        ModelState.AddModelError("limitAfter", sentence);
        return this.PageWith(StatusCodes.Status422UnprocessableEntity);
    }

    /// <summary>In place of a file's name.</summary>
    private static string NameOf(int count) => count == 1 ? "1 selected customer" : string.Create(CultureInfo.InvariantCulture, $"{count} selected customers");

    private static string HashOf(IEnumerable<LimitImportRow> rows) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', rows.Select(row => row.ToString())))));

    /// <summary>Null where they are all there.</summary>
    private async Task<IActionResult?> ReadAsync(IReadOnlyList<string>? customers)
    {
        var ids = new HashSet<long>();
        if (customers is null or [] || customers.Count > MaxSelected || !customers.All(text => StrictInput.TryId(text, out var id) && ids.Add(id)))
            return BadRequest();

        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        Customers = (await connection.QueryAsync<CustomerRow>(
            $"""
            {CustomerRow.Select}
            WHERE c.customer_id = ANY (@ids)
            ORDER BY c.customer_id
            """,
            new { ids = ids.ToArray() })).AsList();
        if (Customers.Count < ids.Count)
            return NotFound();

        Zone = await StoreMoment.ZoneAsync(dataSources.AdminPages);
        return null;
    }
}
