using System.Globalization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Mails;

namespace PurchaseLimits.Web.Pages.Dev;

/// <summary>What would have been sent, newest first. Exists in Development without a mail server; elsewhere it is a 404.</summary>
[AllowAnonymous]
public sealed class MailsModel(
    Outbox outbox, MailWriter writer, IHostEnvironment environment, IOptions<MailOptions> options) : PageModel
{
    private const int MostShown = 50;

    public sealed record SentMail(string Subject, string To, DateTimeOffset CreatedAt, string Path);

    public IReadOnlyList<SentMail> Sent { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync()
    {
        if (!DevelopmentMailbox.IsOpen(environment, options))
            return NotFound();

        var sent = new List<SentMail>();
        foreach (var message in await outbox.ReadSentAsync(MostShown))
        {
            var (recipient, mail, _) = await writer.ComposeAsync(message);
            sent.Add(new SentMail(mail.Subject, recipient.Email, message.CreatedAt, PathOf(message)));
        }

        Sent = sent;
        return Page();
    }

    internal static string PathOf(OutboxMessage message) =>
        string.Create(CultureInfo.InvariantCulture, $"/dev/mail/{message.CustomerId}/{Uri.EscapeDataString(message.MessageKey)}");
}
