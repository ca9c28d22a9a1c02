using MimeKit;

namespace PurchaseLimits.Web.Mails;

/// <summary>Where mails go: to a mail server, or, where Development names none, nowhere but into <c>/dev/mail</c>.</summary>
public interface IMailTransport
{
    /// <summary>Returns when the other side has taken the message over, never before.</summary>
    Task SendAsync(MimeMessage message, CancellationToken cancellationToken);

    /// <summary>There is nothing to send for now: let go of what was kept open.</summary>
    Task RestAsync();
}
