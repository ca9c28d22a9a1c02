using Dapper;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

public sealed class MailsModel(StoreDataSources dataSources, WorkSignals signals) : PageModel
{
    private const int PageSize = 50;

    public sealed record Input
    {
        public string? CustomerId { get; init; }
        public string? MessageKey { get; init; }
    }

    public sealed record Backlog(long Waiting, long Retrying, long SentToday, long Parked);

    public sealed record ParkedMail
    {
        public required long CustomerId { get; init; }
        public required string DisplayName { get; init; }
        public required string MessageKey { get; init; }
        public required string Kind { get; init; }
        public required long AttemptCount { get; init; }
        public required string? LastError { get; init; }
        public required DateTimeOffset ParkedAt { get; init; }
    }

    public Backlog Counts { get; private set; } = null!;

    public IReadOnlyList<ParkedMail> Parked { get; private set; } = [];

    public async Task OnGetAsync()
    {
        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        // A subquery each, because each has an index of its own.
        using var results = await connection.QueryMultipleAsync(
            """
            SELECT
                (SELECT count(*) FROM store.outbox_message WHERE sent_at IS NULL AND parked_at IS NULL) AS waiting,
                (SELECT count(*) FROM store.outbox_message
                 WHERE sent_at IS NULL AND parked_at IS NULL AND last_error IS NOT NULL) AS retrying,
                (SELECT count(*) FROM store.outbox_message
                 WHERE sent_at >= date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC') AS sent_today,
                (SELECT count(*) FROM store.outbox_message WHERE parked_at IS NOT NULL) AS parked;

            SELECT o.customer_id, c.display_name, o.message_key, o.kind, o.attempt_count, o.last_error, o.parked_at
            FROM store.outbox_message o
            JOIN store.customer c USING (customer_id)
            WHERE o.parked_at IS NOT NULL
            ORDER BY o.parked_at DESC, o.customer_id, o.message_key
            LIMIT @PageSize
            """,
            new { PageSize });
        Counts = await results.ReadSingleAsync<Backlog>();
        Parked = [.. await results.ReadAsync<ParkedMail>()];
    }

    public async Task<IActionResult> OnPostAsync([FromForm] Input form)
    {
        if (!StrictInput.TryId(form.CustomerId, out var customerId) || form.MessageKey is not { Length: >= 1 and <= 80 } messageKey)
            return BadRequest();

        await using var connection = await dataSources.AdminPages.OpenConnectionAsync();
        if (await connection.QuerySingleAsync<bool>("SELECT store.retry_outbox_message(@customerId, @messageKey)", new { customerId, messageKey }))
        {
            signals.Mails.Notify();
            TempData["notice-good"] = "The mail is being sent again. If it fails once more, it comes back here.";
        }
        else
        {
            TempData["notice-warn"] = "That mail is not parked any more. Nothing was changed.";
        }

        return new SeeOtherResult("/admin/mails");
    }
}
