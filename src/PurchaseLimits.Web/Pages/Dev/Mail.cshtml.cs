using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Http;
using PurchaseLimits.Web.Mails;

namespace PurchaseLimits.Web.Pages.Dev;

/// <summary>One mail as it would have been sent: its text on a page of ours, its HTML as a document of its own.</summary>
[AllowAnonymous]
public sealed class MailModel(
    Outbox outbox, MailWriter writer, StoreUrl storeUrl, IHostEnvironment environment, IOptions<MailOptions> options) : PageModel
{
    // What a mail program grants a mail: nothing. "sandbox" also keeps it from passing for this site.
    private const string PolicyOfMail = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox";

    public MailRecipient Recipient { get; private set; } = null!;

    public Mail Mail { get; private set; } = null!;

    public MailParts Parts { get; private set; } = null!;

    public string HtmlPath { get; private set; } = "";

    public string Link => $"{storeUrl.Value.AbsoluteUri.TrimEnd('/')}{Mail.Link.Path}";

    public async Task<IActionResult> OnGetAsync([FromRoute] string customerId, [FromRoute] string messageKey) =>
        await FindAsync(customerId, messageKey) ? Page() : NotFound();

    public async Task<IActionResult> OnGetHtmlAsync([FromRoute] string customerId, [FromRoute] string messageKey)
    {
        if (!await FindAsync(customerId, messageKey))
            return NotFound();

        Response.Headers.ContentSecurityPolicy = PolicyOfMail;
        return Content(Parts.Html, "text/html; charset=utf-8");
    }

    private async Task<bool> FindAsync(string customerId, string messageKey)
    {
        if (!DevelopmentMailbox.IsOpen(environment, options)
            || !StrictInput.TryId(customerId, out var id)
            || await outbox.SentOrNullAsync(id, messageKey) is not { } message)
        {
            return false;
        }

        (Recipient, Mail, Parts) = await writer.ComposeAsync(message);
        HtmlPath = $"{MailsModel.PathOf(message)}/html";
        return true;
    }
}
