using System.Net.Sockets;
using MailKit;
using MailKit.Net.Smtp;
using MailKit.Security;

namespace PurchaseLimits.Web.Mails;

/// <summary>What a failed attempt says, and whether another one may go better.</summary>
/// <param name="Error">For admins.</param>
/// <param name="IsFinal">The server will not take this message, or nothing can be sent: no use in asking again.</param>
public sealed record MailFailure(string Error, bool IsFinal)
{
    /// <summary>Null for what is no failure of sending: a programmer's error, the database.</summary>
    public static MailFailure? OrNull(Exception exception) => exception switch
    {
        UnsendableMailException => new(exception.Message, IsFinal: true),
        // RFC 5321, 4.2.1: 5yz is for good, 4yz for now. About the recipient and the message that is; a sender that is refused
        // for good is a setting to mend, and until then every mail would be parked.
        SmtpCommandException { ErrorCode: SmtpErrorCode.RecipientNotAccepted or SmtpErrorCode.MessageNotAccepted } refused =>
            new($"The mail server said {(int)refused.StatusCode}: {refused.Message}", IsFinal: (int)refused.StatusCode >= 500),
        SmtpCommandException refused => new($"The mail server said {(int)refused.StatusCode}: {refused.Message}", IsFinal: false),
        AuthenticationException => new($"The mail server did not let us sign in: {exception.Message}", IsFinal: false),
        SslHandshakeException => new("The mail server's TLS could not be used.", IsFinal: false),
        OperationCanceledException => new("The mail server did not answer in time.", IsFinal: false),
        _ when IsOfTheWay(exception) => new($"The mail server could not be reached: {exception.Message}", IsFinal: false),
        _ => null,
    };

    /// <summary>The server or the wire, as MailKit throws it.</summary>
    public static bool IsOfTheWay(Exception exception) => exception
        is ProtocolException or CommandException or ServiceNotConnectedException or ServiceNotAuthenticatedException
        or AuthenticationException or SslHandshakeException or SocketException or IOException or TimeoutException
        or NotSupportedException // the server offers no STARTTLS
        or OperationCanceledException;
}
