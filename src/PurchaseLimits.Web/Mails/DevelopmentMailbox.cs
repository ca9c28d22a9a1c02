using Microsoft.Extensions.Options;
using MimeKit;

namespace PurchaseLimits.Web.Mails;

/// <summary>
/// Takes mails where Development names no mail server. It keeps nothing: <c>/dev/mail</c> writes them anew from the outbox,
/// which outlives the process, holds no second copy of anything and shows a link that still works.
/// </summary>
public sealed class DevelopmentMailbox : IMailTransport
{
    public Task SendAsync(MimeMessage message, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task RestAsync() => Task.CompletedTask;

    /// <summary>Whether this process has such a mailbox: never outside Development, never beside a mail server.</summary>
    public static bool IsOpen(IHostEnvironment environment, IOptions<MailOptions> options) =>
        environment.IsDevelopment() && string.IsNullOrWhiteSpace(options.Value.SmtpHost);
}
