using Microsoft.Extensions.Options;
using MimeKit;
using PurchaseLimits.Database;

namespace PurchaseLimits.Web.Mails;

/// <summary>What the mail settings must say together, so that no mail has to fail before somebody finds out.</summary>
public sealed class MailOptionsCheck(IHostEnvironment environment, IConfiguration configuration) : IValidateOptions<MailOptions>
{
    public ValidateOptionsResult Validate(string? name, MailOptions options)
    {
        var errors = new List<string>();
        if (!MailboxAddress.TryParse(options.From, out var from) || from.Domain.Length == 0)
            errors.Add("Mail:From must be an e-mail address, like \"The store <store@example.com>\".");
        if (options.PublicUrl is { } url && !IsStoresAddress(url))
            errors.Add("Mail:PublicUrl must be the store's address, like https://store.example.com, without a query.");
        if (options.SmtpPassword is not null && options.SmtpPasswordFile is not null)
            errors.Add("Set Mail:SmtpPassword or Mail:SmtpPasswordFile, not both.");
        if (options.SmtpPasswordFile is { } file && PasswordFile.MistakeOrNull("Mail:SmtpPasswordFile", file) is { } mistake)
            errors.Add(mistake);
        if (options.SmtpUser is not null && options.SmtpPassword is null && options.SmtpPasswordFile is null)
            errors.Add("Mail:SmtpUser needs Mail:SmtpPassword or Mail:SmtpPasswordFile.");

        if (!environment.IsDevelopment() && WorkerServices.AreEnabled(configuration))
        {
            if (string.IsNullOrWhiteSpace(options.SmtpHost))
                errors.Add("Mail:SmtpHost must name the server that takes the store's mails (or Workers:Enabled must be false where another process sends them).");
            if (options.PublicUrl is null)
                errors.Add("Mail:PublicUrl must be the store's address as customers know it: mails link to it.");
            if (options.From == new MailOptions().From)
                errors.Add("Mail:From must be the address that mails come from.");
        }

        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static bool IsStoresAddress(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url)
        && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp)
        && url.Query.Length == 0 && url.Fragment.Length == 0 && url.UserInfo.Length == 0;
}
