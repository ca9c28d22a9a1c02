using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using MimeKit;

namespace PurchaseLimits.Web.Mails;

/// <summary>Makes the mail that a row of the outbox stands for: the same one however often it is asked.</summary>
public sealed class MailWriter(
    Outbox outbox,
    EventMails events,
    AccountMails accounts,
    StoreUrl storeUrl,
    IOptions<MailOptions> options)
{
    /// <exception cref="UnsendableMailException">There is nowhere to send it to, or nothing to say.</exception>
    public async Task<(MailRecipient Recipient, Mail Mail, MailParts Parts)> ComposeAsync(OutboxMessage message)
    {
        var recipient = await outbox.RecipientOrNullAsync(message.CustomerId)
            ?? throw new UnsendableMailException("The customer has no account, so there is no e-mail to send it to.");
        var mail = message.SequenceNumber is { } sequenceNumber
            ? await events.WriteAsync(message.Kind, message.CustomerId, sequenceNumber)
            : await accounts.WriteAsync(message.Kind, recipient, message.CreatedAt);
        return (recipient, mail, await MailParts.RenderAsync(mail, recipient.DisplayName, storeUrl.Value));
    }

    /// <summary>False for what no mail can be sent to, and what is more than an address.</summary>
    public static bool TryAddress(string email, [NotNullWhen(true)] out MailboxAddress? address) =>
        MailboxAddress.TryParse(email, out address) && address.Address == email;

    /// <inheritdoc cref="ComposeAsync"/>
    public async Task<MimeMessage> WriteAsync(OutboxMessage message)
    {
        var (recipient, mail, parts) = await ComposeAsync(message);
        if (!TryAddress(recipient.Email, out var to))
            throw new UnsendableMailException("The e-mail of the customer's account is no address that mail can be sent to.");

        var from = MailboxAddress.Parse(options.Value.From);
        to.Name = recipient.DisplayName;
        var mime = new MimeMessage
        {
            MessageId = MessageId(message, from.Domain),
            Date = message.CreatedAt,
            Subject = mail.Subject,
            Body = new BodyBuilder { TextBody = parts.Text, HtmlBody = parts.Html }.ToMessageBody(),
        };
        mime.From.Add(from);
        mime.To.Add(to);
        // RFC 3834: no "I am on holiday" in answer.
        mime.Headers.Add("Auto-Submitted", "auto-generated");
        return mime;
    }

    /// <summary>The same for every attempt, so that a mail program shows a mail that came twice once.</summary>
    private static string MessageId(OutboxMessage message, string domain)
    {
        var name = SHA256.HashData(Encoding.UTF8.GetBytes($"{message.CustomerId} {message.MessageKey}"));
        return $"{Convert.ToHexStringLower(name)[..32]}@{domain}";
    }
}
