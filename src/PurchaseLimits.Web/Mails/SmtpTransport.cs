using System.Collections.Concurrent;
using MailKit.Net.Smtp;
using MailKit.Security;
using Microsoft.Extensions.Options;
using MimeKit;
using PurchaseLimits.Database;

namespace PurchaseLimits.Web.Mails;

/// <summary>Sends by SMTP. A connection on which all went well takes the next mail too; one on which anything did not is dropped.</summary>
public sealed class SmtpTransport(IOptions<MailOptions> options) : IMailTransport, IAsyncDisposable
{
    private readonly ConcurrentBag<SmtpClient> _idle = [];

    public async Task SendAsync(MimeMessage message, CancellationToken cancellationToken)
    {
        var client = _idle.TryTake(out var kept) ? kept : new SmtpClient();
        try
        {
            // A server may have hung up in the meantime; the client notices when it asks.
            if (client.IsConnected && !await AnswersAsync(client, cancellationToken))
            {
                client.Dispose();
                client = new SmtpClient();
            }

            if (!client.IsConnected)
                await ConnectAsync(client, cancellationToken);
            await client.SendAsync(message, cancellationToken);
        }
        catch
        {
            client.Dispose();
            throw;
        }

        _idle.Add(client);
    }

    public async Task RestAsync()
    {
        while (_idle.TryTake(out var client))
        {
            using (client)
            {
                using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
                try
                {
                    await client.DisconnectAsync(quit: true, patience.Token);
                }
                catch (Exception exception) when (MailFailure.IsOfTheWay(exception))
                {
                    // Whoever does not say goodbye is left all the same.
                }
            }
        }
    }

    public async ValueTask DisposeAsync() => await RestAsync();

    private static async Task<bool> AnswersAsync(SmtpClient client, CancellationToken cancellationToken)
    {
        try
        {
            await client.NoOpAsync(cancellationToken);
            return true;
        }
        catch (Exception exception) when (MailFailure.IsOfTheWay(exception) && !cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private async Task ConnectAsync(SmtpClient client, CancellationToken cancellationToken)
    {
        var settings = options.Value;
        await client.ConnectAsync(settings.SmtpHost!, settings.SmtpPort, settings.SmtpSecurity, cancellationToken);
        if (settings.SmtpUser is null)
            return;

        await client.AuthenticateAsync(settings.SmtpUser, Password(settings), cancellationToken);
    }

    // Read anew for each connection: a mounted secret may be exchanged while the store runs.
    private static string Password(MailOptions settings)
    {
        if (settings.SmtpPasswordFile is not { } file)
            return settings.SmtpPassword!;
        try
        {
            return PasswordFile.Read(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new AuthenticationException("Mail:SmtpPasswordFile cannot be read.", exception);
        }
    }
}
