using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Mails;
using Xunit;

namespace PurchaseLimits.Tests.Web.Mails;

/// <summary>Settings that no mail could be sent with are said at the start, by name.</summary>
public sealed class MailOptionsTests
{
    private static readonly Dictionary<string, string?> s_good = new()
    {
        ["ConnectionStrings:Store"] = "Host=db;Database=store;Username=store_web",
        ["ConnectionStrings:Admin"] = "Host=db;Database=store;Username=store_admin",
        ["ConnectionStrings:Worker"] = "Host=db;Database=store;Username=store_worker",
        ["Mail:SmtpHost"] = "mail.example",
        ["Mail:From"] = "The store <store@store.example>",
        ["Mail:PublicUrl"] = "https://store.example",
    };

    [Fact]
    public void Production_starts_with_a_server_a_sender_and_an_address() => StartupCheck.CheckSettings(Services("Production"));

    [Theory]
    [InlineData("Mail:SmtpHost", null)]
    [InlineData("Mail:SmtpHost", " ")]
    [InlineData("Mail:PublicUrl", null)]
    [InlineData("Mail:PublicUrl", "store.example")]
    [InlineData("Mail:PublicUrl", "ftp://store.example")]
    [InlineData("Mail:From", null)]
    [InlineData("Mail:From", "nobody")]
    [InlineData("Mail:SmtpPort", "0")]
    [InlineData("Mail:SmtpPort", "smtp")]
    [InlineData("Mail:SmtpSecurity", "Perhaps")]
    [InlineData("Mail:SmtpUser", "store")]
    [InlineData("Mail:SmtpPasswordFile", "/nowhere/at/all")]
    [InlineData("Mail:SmtpPasswordFile", "/dev/null")]
    [InlineData("Mail:MaxAttempts", "0")]
    [InlineData("Workers:PollInterval", "00:00:00")]
    public void Production_does_not_start_and_names_the_setting(string name, string? value)
    {
        var refusal = Assert.Throws<StartupException>(() => StartupCheck.CheckSettings(Services("Production", (name, value))));

        Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_another_process_sends_no_server_is_needed() =>
        StartupCheck.CheckSettings(Services("Production", ("Mail:SmtpHost", null), ("Workers:Enabled", "false")));

    [Fact]
    public void Development_needs_none() =>
        StartupCheck.CheckSettings(Services("Development", ("Mail:SmtpHost", null), ("Mail:From", null), ("Mail:PublicUrl", null)));

    private static ServiceProvider Services(string environment, params (string Name, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(s_good);
        foreach (var (name, value) in changes)
            settings[name] = value;
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Where(setting => setting.Value is not null))
            .Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<IHostEnvironment>(new HostingEnvironment { EnvironmentName = environment });
        services.AddStore("", "", "");
        services.AddWorkers(configuration);
        services.AddMails();
        return services.BuildServiceProvider();
    }
}
