using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>The store as a process of its own, which a test can kill or ask to stop. What it prints is kept.</summary>
public sealed class WebProcess : IAsyncDisposable
{
    private readonly Dictionary<string, string> _settings;
    private readonly string _program;
    private readonly ConcurrentQueue<string> _output = new();
    private Process? _process;
    private string? _certificate;

    /// <param name="connectionString">The connection string of a role.</param>
    /// <param name="settings">Further settings by name; "environment" is Development unless one says otherwise.</param>
    /// <param name="program">The web of another release; null: of this one.</param>
    /// <param name="tls">Whether it answers over HTTPS, with a certificate of its own, as Production must.</param>
    public WebProcess(
        Func<string, string> connectionString, IReadOnlyDictionary<string, string> settings, string? program = null, bool tls = false)
    {
        _program = program ?? ThisRelease;
        Address = new Uri($"{(tls ? "https" : "http")}://127.0.0.1:{FreePort()}");
        _settings = new Dictionary<string, string>(settings)
        {
            ["ConnectionStrings:Store"] = connectionString("store_web"),
            ["ConnectionStrings:Admin"] = connectionString("store_admin"),
            ["ConnectionStrings:Worker"] = connectionString("store_worker"),
            ["Urls"] = Address.ToString(),
        };
        _settings.TryAdd("Logging:LogLevel:Default", "Error");
        // All who visit it have one address. The release before knows no such setting, and would not start with it.
        if (program is null)
            _settings.TryAdd("Accounts:AttemptsPerMinute", "0");
        if (tls)
            _settings["Kestrel:Certificates:Default:Path"] = _certificate = NewCertificate();
    }

    // What `dotnet run` would start, built as the tests were: .../bin/Debug/net10.0.
    private static string ThisRelease
    {
        get
        {
            var built = new DirectoryInfo(AppContext.BaseDirectory);
            return Path.Combine(Repository.Root, "src", "PurchaseLimits.Web", "bin", built.Parent!.Name, built.Name, "PurchaseLimits.Web.dll");
        }
    }

    /// <summary>The same after it was killed and started again.</summary>
    public Uri Address { get; }

    /// <summary>Lines of both its outputs so far.</summary>
    public IReadOnlyList<string> Output => [.. _output];

    /// <summary>Begins it, and does not wait for it.</summary>
    public void Begin() => _process = Begin(_program, [], _settings, _output);

    /// <summary>Returns once it answers.</summary>
    public async Task StartAsync()
    {
        Begin();
        await AnswersAsync();
    }

    public async Task AnswersAsync()
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, _, _, _) => true, AllowAutoRedirect = false };
        using var client = new HttpClient(handler) { BaseAddress = Address };
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            Assert.False(_process!.HasExited, $"The store did not start. {string.Join('\n', _output)}");
            Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(60), "The store does not answer.");
            try
            {
                using var answer = await client.GetAsync("/sign-in", TestContext.Current.CancellationToken);
                return;
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        }
    }

    /// <summary>SIGKILL: nothing of it runs any more, not even what cleans up.</summary>
    public async Task KillAsync()
    {
        _process!.Kill();
        await _process.WaitForExitAsync();
    }

    /// <summary>SIGTERM: it is asked to stop.</summary>
    public Task TerminateAsync() => Programs.SignalAsync(_process!.Id, "TERM");

    /// <summary>Waits for its end; returns its exit code.</summary>
    public async Task<int> ExitCodeAsync()
    {
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Runs the program to its end, with nothing but these settings; returns its exit code and what it printed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string[] args, IReadOnlyDictionary<string, string> settings)
    {
        var output = new ConcurrentQueue<string>();
        using var process = Begin(ThisRelease, args, settings, output);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, string.Join('\n', output));
    }

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
        if (_certificate is not null)
            File.Delete(_certificate);
    }

    /// <summary>A port that nobody listens at, for now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Process Begin(string program, string[] args, IReadOnlyDictionary<string, string> settings, ConcurrentQueue<string> output)
    {
        var start = new ProcessStartInfo("dotnet", ["exec", program, .. args])
        {
            // The project's folder, where its static files are.
            WorkingDirectory = Path.GetFullPath(Path.Combine(program, "..", "..", "..", "..")),
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = settings.GetValueOrDefault("environment", "Development");
        start.Environment.Remove("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES");
        foreach (var (name, value) in settings.Where(setting => setting.Key != "environment"))
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Keep(line.Data);
        process.ErrorDataReceived += (_, line) => Keep(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return process;

        void Keep(string? line)
        {
            if (line is not null)
                output.Enqueue(line);
        }
    }

    private static string NewCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var path = Path.Combine(Path.GetTempPath(), $"purchase-limits-{Guid.NewGuid():N}.pfx");
        File.WriteAllBytes(path, certificate.Export(X509ContentType.Pfx));
        return path;
    }
}
