using System.ComponentModel.DataAnnotations;
using MailKit.Security;

namespace PurchaseLimits.Web.Mails;

/// <summary>The <c>Mail</c> section of the settings.</summary>
public sealed class MailOptions
{
    /// <summary>The mail server. Without one, Development shows mails at <c>/dev/mail</c> and Production does not start.</summary>
    public string? SmtpHost { get; init; }

    [Range(1, 65535, ErrorMessage = "Mail:SmtpPort must be between 1 and 65535.")]
    public int SmtpPort { get; init; } = 587;

    /// <summary>Whom to sign in as there; null: nobody.</summary>
    public string? SmtpUser { get; init; }

    public string? SmtpPassword { get; init; }

    /// <summary>A file whose first line is the password, as orchestrators mount secrets.</summary>
    public string? SmtpPasswordFile { get; init; }

    /// <summary>How the connection is protected. The default sends nothing, and no password, before TLS is up.</summary>
    public SecureSocketOptions SmtpSecurity { get; init; } = SecureSocketOptions.StartTls;

    /// <summary>Whom mails are from: <c>The store &lt;store@example.com&gt;</c>. Its domain is part of every Message-ID.</summary>
    public string From { get; init; } = "PurchaseLimits <store@localhost.localdomain>";

    /// <summary>What links begin with: the store's address as customers know it. Development: where the process listens.</summary>
    public string? PublicUrl { get; init; }

    /// <summary>After so many failures in a row a message waits for an admin. With the default pauses: some four hours.</summary>
    [Range(1, 100, ErrorMessage = "Mail:MaxAttempts must be between 1 and 100.")]
    public int MaxAttempts { get; init; } = 8;

    /// <summary>The pause after a first failure; each one after that is four times as long, up to an hour.</summary>
    [Range(typeof(TimeSpan), "00:00:00.01", "01:00:00", ErrorMessage = "Mail:FirstPause must be between 00:00:00.01 and 01:00:00.")]
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>From connecting to the server's last word.</summary>
    [Range(typeof(TimeSpan), "00:00:00.1", "00:05:00", ErrorMessage = "Mail:SendTimeout must be between 00:00:00.1 and 00:05:00.")]
    public TimeSpan SendTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Mails on their way at once, from this process.</summary>
    [Range(1, 20, ErrorMessage = "Mail:MaxParallel must be between 1 and 20.")]
    public int MaxParallel { get; init; } = 4;

    /// <summary>How long a message is one worker's: sending it, and saying so with time to spare.</summary>
    public TimeSpan Lease => SendTimeout + TimeSpan.FromMinutes(1);
}
