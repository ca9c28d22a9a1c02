using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Npgsql;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Containers;

/// <summary>
/// What the images would hold, made by following their Dockerfiles, and run as docker-compose.yml says: the same commands, the
/// same environment, secrets from files, as a user without rights who can write nothing but /tmp. No engine is needed.
/// </summary>
public sealed class ImageTests(PostgresServer server) : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("purchase-limits-image-");
    private readonly ComposeFile _compose = new();
    private string _database = "";

    public async ValueTask InitializeAsync()
    {
        _database = await server.CreateEmptyAsync();
        // As images are: everybody may read.
        if (!OperatingSystem.IsWindows())
            _folder.UnixFileMode |= UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;
    }

    public async ValueTask DisposeAsync()
    {
        await server.DropAsync(_database);
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task The_store_comes_up_from_what_the_images_hold_and_stops_when_it_is_told_to()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The images are Linux's.");
        MakeSecrets();
        var (migrate, web) = (new Dockerfile("src/PurchaseLimits.Database/Dockerfile"), new Dockerfile("src/PurchaseLimits.Web/Dockerfile"));
        var migrateApp = await migrate.BuildAsync(Path.Combine(_folder.FullName, "migrate"));
        var webApp = await web.BuildAsync(Path.Combine(_folder.FullName, "web"));
        var port = WebProcess.FreePort();

        // Not before it was migrated.
        using (var early = Start(web, webApp, "web", port, web.Entrypoint))
            Assert.Contains("The store does not start.", await EndAsync(early, exitCode: 1), StringComparison.Ordinal);
        using (var up = Start(migrate, migrateApp, "migrate", port, [.. migrate.Entrypoint, .. _compose.List("migrate", "command")]))
            Assert.Contains("Up to date", await EndAsync(up, exitCode: 0), StringComparison.Ordinal);
        using (var admin = Start(migrate, migrateApp, "migrate", port, [.. migrate.Entrypoint, "create-admin", "--email", "admin@example.com", "--password", "long enough to be safe"]))
            Assert.Contains("may sign in", await EndAsync(admin, exitCode: 0), StringComparison.Ordinal);

        using var store = Start(web, webApp, "web", port, web.Entrypoint);
        await Eventually.TrueAsync(async () =>
        {
            Assert.False(store.HasExited, store.HasExited ? await EndAsync(store, exitCode: 0) : "");
            using var check = Start(web, webApp, "web", port, web.HealthCheck!);
            await check.WaitForExitAsync(TestContext.Current.CancellationToken);
            return check.ExitCode == 0;
        }, "the image's health check says that the store is healthy");

        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => certificate!.Subject == "CN=localhost" };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://127.0.0.1:{port}") };
        using var shop = await client.GetAsync("/", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, shop.StatusCode);
        using var style = await client.GetAsync("/site.css", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, style.StatusCode);

        await Programs.SignalAsync(store.Id, "TERM");
        await EndAsync(store, exitCode: 0);
    }

    private Process Start(Dockerfile image, string app, string service, int port, IReadOnlyList<string> command)
    {
        // As root the image's user; anybody else has few rights already.
        string[] asUser = Environment.UserName == "root" ? ["setpriv", "--reuid=1654", "--regid=1654", "--clear-groups", "--no-new-privs", "--"] : [];
        string[] all = [.. asUser, .. command];
        var start = new ProcessStartInfo(all[0], all[1..]) { WorkingDirectory = app, RedirectStandardOutput = true, RedirectStandardError = true };
        var (path, dotnet) = (start.Environment["PATH"], Environment.GetEnvironmentVariable("DOTNET_ROOT"));
        start.Environment.Clear();
        start.Environment["PATH"] = path;
        if (dotnet is not null)
            start.Environment["DOTNET_ROOT"] = dotnet;
        // The user of the base image has a home, which is read-only as all else.
        start.Environment["HOME"] = _folder.CreateSubdirectory("home").FullName;
        foreach (var (name, value) in image.Environment)
            start.Environment[name] = value;
        foreach (var (name, value) in _compose.Environment(service))
            start.Environment[name] = HereInsteadOf(value, port);
        return Process.Start(start)!;
    }

    /// <summary>What only the composed network has, as it is on this machine.</summary>
    private string HereInsteadOf(string value, int port)
    {
        if (value.StartsWith("Host=postgres;", StringComparison.Ordinal))
        {
            var here = new NpgsqlConnectionStringBuilder(server.ConnectionString(_database));
            return new NpgsqlConnectionStringBuilder(value) { Host = here.Host, Port = here.Port, Database = _database }.ConnectionString;
        }

        return value.Replace("/run/secrets", Path.Combine(_folder.FullName, "secrets"), StringComparison.Ordinal)
            .Replace("https://*:8443", $"https://127.0.0.1:{port}", StringComparison.Ordinal);
    }

    private void MakeSecrets()
    {
        var folder = _folder.CreateSubdirectory("secrets").FullName;
        foreach (var secret in _compose.Secrets.Keys.Where(secret => secret.EndsWith("_password", StringComparison.Ordinal)))
        {
            // The roles are the whole server's: other tests are signed in with this.
            File.WriteAllText(Path.Combine(folder, secret), server.Password + "\n");
        }

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Combine(folder, "tls_certificate"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Combine(folder, "tls_key"), key.ExportPkcs8PrivateKeyPem());
        Assert.Equal(_compose.Secrets.Keys.Order(), Directory.GetFiles(folder).Select(Path.GetFileName).Order());
    }

    private static async Task<string> EndAsync(Process process, int exitCode)
    {
        var (code, output, error) = await Programs.EndAsync(process);
        Assert.True(code == exitCode, $"{code}: {output}{error}");
        return output + error;
    }
}
