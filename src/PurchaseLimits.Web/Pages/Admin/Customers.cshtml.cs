using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class CustomersModel(StoreDataSources dataSources) : PageModel
{
    public const int MaxSearchLength = 254;
    public const int PageSize = 50;

    // Most customers have but a lifetime limit and nothing due: their row alone tells, and the limits are looked at one by one
    // for the others only.
    private const string NeedsALook = "(b.has_windows OR b.next_due_at <= statement_timestamp())";

    private const string AnyLimit = "EXISTS (SELECT FROM store.customer_window_allowance w WHERE w.customer_id = c.customer_id AND ";

    /// <summary>What <c>?use=</c> may say: what it says on the page, and what SQL it is.</summary>
    public static IReadOnlyDictionary<string, (string Words, string Condition)> Uses { get; } = new Dictionary<string, (string, string)>
    {
        ["all"] = ("All", "true"),
        ["near"] = ("80 % used or more", $"({NeedsALook} OR b.amount + b.held >= 0.8 * b.limit_amount) AND {AnyLimit} w.amount + w.held >= 0.8 * w.limit_amount)"),
        ["at"] = ("At the limit", $"({NeedsALook} OR b.amount + b.held = b.limit_amount) AND {AnyLimit} w.amount + w.held = w.limit_amount)"),
        ["over"] = ("Over the limit", $"({NeedsALook} OR b.amount + b.held > b.limit_amount) AND {AnyLimit} w.over_by > 0)"),
        ["temporary"] = ("Temporary limit",
            """
            EXISTS (
                SELECT
                FROM store.limit_period p
                WHERE p.customer_id = c.customer_id
                  AND p.valid_from <= statement_timestamp()
                  AND p.valid_to > statement_timestamp()
                  AND p.valid_to < 'infinity'
            )
            """),
        ["none"] = ("No limit", "a.limit_amount = store.no_limit()"),
        ["pending"] = ("Asks for a raise",
            "EXISTS (SELECT FROM store.limit_request r WHERE r.customer_id = c.customer_id AND r.status = 'pending')"),
    };

    public sealed record Input
    {
        public string? Search { get; init; }
        public string? Use { get; init; }
        public string? Before { get; init; }
        public string? After { get; init; }
    }

    /// <summary>A part of a name or an e-mail, or a customer's number; null for everybody.</summary>
    public string? Search { get; private set; }

    /// <summary>A key of <see cref="Uses"/>.</summary>
    public string Use { get; private set; } = "all";

    public KeysetPage<CustomerRow> Customers { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromQuery] Input query)
    {
        Search = string.IsNullOrWhiteSpace(query.Search) ? null : query.Search.Trim();
        Use = query.Use ?? "all";
        if (Search?.Length > MaxSearchLength
            || !Uses.ContainsKey(Use)
            || !KeysetPosition.TryRead(query.Before, query.After, out var position))
            return BadRequest();

        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        // Backwards from @Before the nearest rows come first: they are turned round below.
        var rows = (await connection.QueryAsync<CustomerRow>(
            $"""
            {CustomerRow.Select}
            WHERE c.customer_id > coalesce(@After, 0)
              AND c.customer_id < coalesce(@Before, 9223372036854775807)
              AND (@Search::text IS NULL
                   OR c.customer_id = @Number
                   OR position(lower(normalize(@Search, NFC)) IN lower(c.display_name)) > 0
                   OR position(lower(@Search) IN lower(u.email)) > 0)
              AND {Uses[Use].Condition}
            ORDER BY c.customer_id {(position.Before is null ? "" : "DESC")}
            LIMIT {PageSize + 1}
            """,
            new
            {
                Search,
                Number = StrictInput.TryId(Search, out var number) ? number : (long?)null,
                position.Before,
                position.After,
            })).AsList();
        if (position.Before is not null)
            rows.Reverse();
        Customers = position.Cut(rows, PageSize, isDescending: false, row => row.CustomerId);
        return Page();
    }
}
