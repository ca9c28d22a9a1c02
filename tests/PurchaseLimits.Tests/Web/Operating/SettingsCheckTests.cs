using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Hosting.Internal;
using Microsoft.Extensions.Options;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;
using PurchaseLimits.Web.Mails;
using PurchaseLimits.Web.Operating;
using PurchaseLimits.Web.Telemetry;
using Xunit;

namespace PurchaseLimits.Tests.Web.Operating;

/// <summary>Settings that make no sense are said at the start: by name, all at once, and no value with them.</summary>
public sealed class SettingsCheckTests
{
    private static readonly Dictionary<string, string?> s_good = new()
    {
        ["ConnectionStrings:Store"] = "Host=db;Database=store;Username=store_web;Password=\"a;b=c\"",
        ["ConnectionStrings:Admin"] = "Host=db;Database=store;Username=store_admin;Password=x",
        ["ConnectionStrings:Worker"] = "Host=db;Database=store;Username=store_worker;Password=x",
        ["Mail:SmtpHost"] = "mail.example",
        ["Mail:From"] = "The store <store@store.example>",
        ["Mail:PublicUrl"] = "https://store.example",
    };

    [Fact]
    public void What_makes_sense_is_taken() => Assert.Empty(Mistakes(
        ("ConnectionStrings:Migrator", "anything"), ("Mail", "/var/mail/somebody"), ("Proxies:Known", "10.0.0.7, 10.1.0.0/16 fd00::/8;::1"),
        ("urls", "http://+:8080;https://[::]:8443"), ("http_ports", "8080;8081"), ("shutdown:delay", "00:00:01"),
        ("Kestrel:Endpoints:Http:Url", "http://*:8080"), ("Logging:LogLevel:Default", "warning"), ("Logging:Console:LogLevel:Npgsql", "")));

    /// <summary>What others put into the same environment.</summary>
    [Fact]
    public void What_is_not_ours_is_let_be() => Assert.Empty(Mistakes(
        ("ConnectionStrings:Redis", "redis:6379"), ("ConnectionStrings:Store_ProviderName", "Npgsql"), ("ConnectionStrings:Cache_ProviderName", "x"),
        ("PATH", "/bin"), ("HOME", "/root"), ("MAIL", "/var/mail/root"), ("WORKER", "7"), ("DOTNET_ROOT", "/usr"), ("ASPNETCORE_ENVIRONMENT", "Production"),
        ("Serilog:MinimumLevel", "Debug"), ("npm_config:cache", "x"), ("STORES", "3")));

    [Fact]
    public void What_is_empty_is_not_set()
    {
        (string, string?)[] empty =
        [
            ("Shutdown:Delay", ""), ("Mail:SmtpPort", ""), ("Mail:SmtpUser", ""), ("Mail:SmtpPassword", ""), ("Mail:SmtpPasswordFile", ""), ("Mail:SmtpSecurity", ""),
            ("Workers:Enabled", ""), ("Workers:PollInterval", ""), ("Workers:PolInterval", ""), ("Proxies:Known", ""), ("ConnectionStrings:Reports", ""),
            ("ConnectionStrings:Report", ""), ("ConnectionStrings:StorePasswordFile", ""), ("urls", ""), ("http_ports", ""), ("Kestrel:Certificates:Default:Path", ""),
        ];
        Assert.Empty(Mistakes(empty));
        using var services = Services(empty);
        var mail = services.GetRequiredService<IOptions<MailOptions>>().Value;
        Assert.Equal((587, null, null, null), (mail.SmtpPort, mail.SmtpUser, mail.SmtpPassword, mail.SmtpPasswordFile));
        Assert.Null(services.GetRequiredService<IOptions<ShutdownOptions>>().Value.Delay);
        Assert.True(services.GetRequiredService<IOptions<WorkerOptions>>().Value.Enabled);

        Assert.StartsWith("Mail:SmtpHost must name ", Assert.Single(Mistakes(("Mail:SmtpHost", ""))), StringComparison.Ordinal);
        Assert.StartsWith("Mail:PublicUrl must be ", Assert.Single(Mistakes(("Mail:PublicUrl", ""))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ConnectionStrings:Store", null, "ConnectionStrings:Store must be set: a login of role store_web.")]
    [InlineData("ConnectionStrings:Admin", " ", "ConnectionStrings:Admin must be set: a login of role store_admin.")]
    [InlineData("ConnectionStrings:Worker", "Host=db;Database=store;Username=w;Password=sec;ret", "ConnectionStrings:Worker cannot be read: ")]
    [InlineData("ConnectionStrings:Worker", "Host=db;Database=store;Username=w;Password=sec;ret=1", "ConnectionStrings:Worker holds a word that ")]
    [InlineData("ConnectionStrings:Worker", "Host=db;Database=store;Port=secret;Username=w", "ConnectionStrings:Worker holds a \"port\" that makes no sense.")]
    [InlineData("ConnectionStrings:Store", "Host=db;Database=store;Username=w;Encoding=secret", "ConnectionStrings:Store holds a \"encoding\" that makes no sense.")]
    [InlineData("ConnectionStrings:Store", "Host=db;Database=store;Username=w;Minimum Pool Size=101", "ConnectionStrings:Store holds a \"minimum pool size\" above its ")]
    [InlineData("ConnectionStrings:Reports", "Password=secret", "ConnectionStrings:Reports names no host, ")]
    [InlineData("ConnectionStrings:Report", "Host=secret", "ConnectionStrings:Report is no setting of this program; the nearest one is ConnectionStrings:Reports.")]
    [InlineData("ConnectionStrings:ReportsPasswordFile", "/nowhere/at/all", "ConnectionStrings:ReportsPasswordFile names no file that can be read.")]
    [InlineData("ConnectionStrings:ReportsPasswordFile", "/dev/null", "ConnectionStrings:ReportsPasswordFile names a file whose first line is no password.")]
    [InlineData("Store:MaxWaitingPerCustomer", "0", "Store:MaxWaitingPerCustomer must be between 1 and 10000.")]
    [InlineData("Store:VisitorPageAge", "01:00:00", "Store:VisitorPageAge must be between 00:00:00 and 00:01:00.")]
    [InlineData("Store:MaxWaitingPerCustomer", "secret", "Store:MaxWaitingPerCustomer must be a whole number.")]
    [InlineData("Store:MaxWaitingPerCostumer", "5", "Store:MaxWaitingPerCostumer is no setting of this program; the nearest one is Store:MaxWaitingPerCustomer.")]
    [InlineData("Mail:ProveEvery", "00:01:00", "Mail:ProveEvery is no setting of this program; the nearest one is Integrity:ProveEvery.")]
    [InlineData("Mail:SmtpPort:0", "5", "Mail:SmtpPort:0 is no setting of this program; the nearest one is Mail:SmtpPort.")]
    [InlineData("Mail:Lease", "00:01:00", "Mail:Lease is no setting of this program; the nearest one is Mail:From.")]
    [InlineData("Mail:SmtpSecurity", "7", "Mail:SmtpSecurity must be one of None, Auto, SslOnConnect, StartTls, StartTlsWhenAvailable.")]
    [InlineData("Workers:Enabled", "perhaps", "Workers:Enabled must be true or false.")]
    [InlineData("Reports:RefreshEvery", "soon", "Reports:RefreshEvery must be a time like 00:00:30.")]
    [InlineData("Accounts:RecentPassword", "00:00:01", "Accounts:RecentPassword must be between 00:00:10 and 12:00:00.")]
    [InlineData("Shutdown:Timeout", "00:00:05", "Shutdown:Timeout must be between 00:00:15 and 00:10:00.")]
    [InlineData("Proxies:Known", "10.0.0.0/33", "Proxies:Known must be addresses and networks like ")]
    [InlineData("Proxies:Known", "10.1", "Proxies:Known must be addresses and networks like ")]
    [InlineData("Proxies:Known", "10.0.0.7, 0.0.0.0/0", "Proxies:Known must be addresses and networks like ")]
    [InlineData("Proxies:Known", "proxy.example", "Proxies:Known must be addresses and networks like ")]
    [InlineData("Proxies:HopLimit", "0", "Proxies:HopLimit must be between 1 and 10.")]
    [InlineData("ForwardedHeaders_Enabled", "true", "ASPNETCORE_FORWARDEDHEADERS_ENABLED must not be set: ")]
    [InlineData("urls", "localhost:5000", "ASPNETCORE_URLS must be addresses like ")]
    [InlineData("urls", "http://*:99999", "ASPNETCORE_URLS must be addresses like ")]
    [InlineData("http_ports", "http", "ASPNETCORE_HTTP_PORTS must be ports like 8080")]
    [InlineData("Worker:Enabled", "secret", "Worker:… are no settings of this program; the nearest ones are Workers:….")]
    [InlineData("Maill:SmtpPassword", "secret", "Maill:… are no settings of this program; the nearest ones are Mail:….")]
    [InlineData("Telemtry:MetricsPort", "1", "Telemtry:… are no settings of this program; the nearest ones are Telemetry:….")]
    [InlineData("ConnectionString:Store", "secret", "ConnectionString:… are no settings of this program; the nearest ones are ConnectionStrings:….")]
    [InlineData("Kestrel:Endpoints:Http:Url", "secret", "Kestrel:Endpoints:Http:Url must be an address like ")]
    [InlineData("Kestrel:Certificates:Default:Path", "/nowhere/secret", "Kestrel:Certificates:Default:Path names no file that can be read.")]
    [InlineData("Kestrel:Certificates:Default:Path", "/dev/null", "Kestrel:Certificates:Default:Path names a file that is no certificate, or that ")]
    [InlineData("Kestrel:Endpoints:Https:Certificate:Path", "/dev/null", "Kestrel:Endpoints:Https:Certificate:Path names a file that is no certificate, or that ")]
    [InlineData("Logging:LogLevel:Default", "secret", "Logging:LogLevel:Default must be one of Trace, Debug, Information, Warning, Error, Critical, None.")]
    [InlineData("Logging:Console:LogLevel:Npgsql", "secret", "Logging:Console:LogLevel:Npgsql must be one of Trace, ")]
    public void What_does_not_is_one_sentence_that_names_it(string name, string? value, string sentence)
    {
        var mistake = Assert.Single(Mistakes((name, value)));

        Assert.StartsWith(sentence, mistake, StringComparison.Ordinal);
        Assert.DoesNotContain("sec", mistake, StringComparison.Ordinal);
    }

    [Fact]
    public void A_password_may_come_from_a_file_or_from_the_setting_and_not_from_both()
    {
        var file = Path.GetTempFileName();
        try
        {
            File.WriteAllText(file, "a;b=\"c\"\n");
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["ConnectionStrings:Store"] = "Host=db;Database=store;Username=store_web",
                ["ConnectionStrings:StorePasswordFile"] = file,
            }).Build();

            Assert.Equal("a;b=\"c\"", new NpgsqlConnectionStringBuilder(StoreConnections.ReadOrNull(configuration, "Store")).Password);
            Assert.Empty(Mistakes(("ConnectionStrings:Store", "Host=db;Database=store;Username=store_web"), ("ConnectionStrings:StorePasswordFile", file)));
            Assert.StartsWith("Give the password in ", Assert.Single(Mistakes(("ConnectionStrings:StorePasswordFile", file))), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    /// <summary>Files as Kestrel takes them, and as it would not.</summary>
    [Fact]
    public void A_certificate_and_its_key_are_read_before_anything_starts()
    {
        const string Name = "Kestrel:Certificates:Default:";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var folder = Directory.CreateTempSubdirectory();
        try
        {
            var pem = Written("pem", System.Text.Encoding.ASCII.GetBytes(certificate.ExportCertificatePem()));
            var locked = Written("locked", System.Text.Encoding.ASCII.GetBytes(
                key.ExportEncryptedPkcs8PrivateKeyPem("right", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1))));
            var pfx = Written("pfx", certificate.Export(X509ContentType.Pkcs12, "right"));
            var its = Written("key", System.Text.Encoding.ASCII.GetBytes(key.ExportPkcs8PrivateKeyPem()));
            var anothers = Written("other", System.Text.Encoding.ASCII.GetBytes(other.ExportPkcs8PrivateKeyPem()));

            Assert.Empty(Mistakes((Name + "Path", pem), (Name + "KeyPath", its)));
            Assert.Empty(Mistakes((Name + "Path", Written("der", certificate.RawData)), (Name + "KeyPath", its)));
            Assert.Empty(Mistakes((Name + "Path", pem), (Name + "KeyPath", locked), (Name + "Password", "right")));
            Assert.Empty(Mistakes((Name + "Path", pfx), (Name + "Password", "right")));
            foreach (var (file, password) in new[] { (anothers, null), (pem, null), ("/dev/null", null), (locked, null), (locked, "secret"), (its, "secret") })
                AssertRefused($"{Name}KeyPath names a file that does not hold the key of {Name}Path", (Name + "Path", pem), (Name + "KeyPath", file), (Name + "Password", password));
            AssertRefused($"{Name}KeyPath names no file that can be read.", (Name + "Path", pem), (Name + "KeyPath", "/nowhere/at/all"));
            AssertRefused($"{Name}Path names a file that is no certificate, or that {Name}Password does not open.", (Name + "Path", pfx), (Name + "Password", "secret"));
            AssertRefused($"{Name}Path names a file that is no certificate.", (Name + "Path", its), (Name + "KeyPath", its));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        string Written(string name, byte[] content)
        {
            var path = Path.Combine(folder.FullName, name);
            File.WriteAllBytes(path, content);
            return path;
        }

        static void AssertRefused(string sentence, params (string, string?)[] changes)
        {
            var mistake = Assert.Single(Mistakes(changes));
            Assert.StartsWith(sentence, mistake, StringComparison.Ordinal);
            Assert.DoesNotContain("secret", mistake, StringComparison.Ordinal);
        }
    }

    /// <summary>A process of its own: it prints no trace of calls, and says all of it at one start.</summary>
    [Fact]
    public async Task All_mistakes_are_said_at_once()
    {
        var (exitCode, output) = await WebProcess.RunAsync([], new Dictionary<string, string>
        {
            ["environment"] = "Production",
            ["ConnectionStrings:Store"] = "Host=db;Passwort=secret",
            ["ConnectionStrings:Admin"] = s_good["ConnectionStrings:Admin"]!,
            ["Workers:Enabled"] = "maybe",
            ["Workers:PolInterval"] = "00:00:01",
            ["Mail:SmtpPort"] = "smtp",
            ["Mail:MaxParallel"] = "0",
            ["Proxies:Known"] = "proxy",
            ["Shutdown:Timeout"] = "1 minute",
            ["ASPNETCORE_FORWARDEDHEADERS_ENABLED"] = "true",
            // Of its own folder; no certificate.
            ["Kestrel:Certificates:Default:Path"] = "appsettings.json",
            ["Kestrel:Endpoints:Http:Url"] = "secret",
            ["Logging:LogLevel:Default"] = "secret",
        });

        Assert.Equal(1, exitCode);
        Assert.StartsWith("The store does not start. 15 settings are wrong:\n  - ConnectionStrings:Store holds", output, StringComparison.Ordinal);
        foreach (var name in new[] { "ConnectionStrings:Worker", "Workers:Enabled", "Workers:PollInterval", "Mail:SmtpPort", "Mail:MaxParallel", "Mail:PublicUrl", "Mail:From",
                     "Mail:SmtpHost", "Proxies:Known", "Shutdown:Timeout", "FORWARDEDHEADERS_ENABLED", "Kestrel:Certificates:Default:Path", "Kestrel:Endpoints:Http:Url", "Logging:LogLevel:Default" })
            Assert.Contains(name, output, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    private static IReadOnlyList<string> Mistakes(params (string Name, string? Value)[] changes)
    {
        using var services = Services(changes);
        return SettingsCheck.Mistakes(services);
    }

    private static ServiceProvider Services(params (string Name, string? Value)[] changes)
    {
        var settings = new Dictionary<string, string?>(s_good);
        foreach (var (name, value) in changes)
            settings[name] = value;
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings.Where(setting => setting.Value is not null)).Build();
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(configuration);
        services.AddSingleton<IHostEnvironment>(new HostingEnvironment { EnvironmentName = "Production" });
        services.AddStore("", "", "");
        services.AddWorkers(configuration);
        services.AddAccounts(isDevelopment: false);
        services.AddMails();
        services.AddDrain();
        services.AddProxies();
        services.AddSettings<TelemetryOptions>("Telemetry");
        return services.BuildServiceProvider();
    }
}
