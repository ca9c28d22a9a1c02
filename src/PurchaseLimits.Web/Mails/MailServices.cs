using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Mails;

public static class MailServices
{
    /// <summary>Mails and the worker that sends them.</summary>
    public static void AddMails(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<WorkerOptions>().BindConfiguration("Workers").ValidateDataAnnotations().ValidateOnStart();
        services.AddOptions<MailOptions>().BindConfiguration("Mail").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<MailOptions>, MailOptionsCheck>();
        services.TryAddSingleton<WorkSignals>();

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

        if (configuration.GetValue("Workers:Enabled", defaultValue: true))
            services.AddHostedService<OutboxWorker>();
    }
}
