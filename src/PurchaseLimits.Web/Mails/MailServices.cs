using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Operating;

namespace PurchaseLimits.Web.Mails;

public static class MailServices
{
    /// <summary>What mails say and how they are sent. <see cref="OutboxWorker"/> does it.</summary>
    public static void AddMails(this IServiceCollection services)
    {
        services.AddSettings<MailOptions>("Mail");
        services.AddSingleton<IValidateOptions<MailOptions>, MailOptionsCheck>();

        services.AddSingleton<Outbox>();
        services.AddSingleton<EventMails>();
        services.AddSingleton<AccountMails>();
        services.AddSingleton<StoreUrl>();
        services.AddSingleton<MailWriter>();
        services.AddSingleton<MailDelivery>();
        services.AddSingleton<IMailTransport>(provider =>
            DevelopmentMailbox.IsOpen(provider.GetRequiredService<IHostEnvironment>(), provider.GetRequiredService<IOptions<MailOptions>>())
                ? new DevelopmentMailbox()
                : ActivatorUtilities.CreateInstance<SmtpTransport>(provider));
    }
}
