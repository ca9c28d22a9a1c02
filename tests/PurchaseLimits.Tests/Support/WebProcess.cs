using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>The store as a process of its own, which a test can kill.</summary>
public sealed class WebProcess : IAsyncDisposable
{
    private readonly Dictionary<string, string> _settings;
    private readonly string _program;
    private Process? _process;

    /// <param name="connectionString">The connection string of a role.</param>
    /// <param name="settings">Further settings by name.</param>
    /// <param name="program">The web of another release; null: of this one.</param>
    public WebProcess(Func<string, string> connectionString, IReadOnlyDictionary<string, string> settings, string? program = null)
    {
        // What `dotnet run` would start, built as the tests were: .../bin/Debug/net10.0.
        var built = new DirectoryInfo(AppContext.BaseDirectory);
        _program = program ?? Path.Combine(Repository.Root, "src", "PurchaseLimits.Web", "bin", built.Parent!.Name, built.Name, "PurchaseLimits.Web.dll");
        Address = new Uri($"http://127.0.0.1:{FreePort()}");
        _settings = new Dictionary<string, string>(settings)
        {
            ["ConnectionStrings:Store"] = connectionString("store_web"),
            ["ConnectionStrings:Admin"] = connectionString("store_admin"),
            ["ConnectionStrings:Worker"] = connectionString("store_worker"),
            ["Urls"] = Address.ToString(),
            ["Logging:LogLevel:Default"] = "Error",
        };
    }

    /// <summary>The same after it was killed and started again.</summary>
    public Uri Address { get; }

    /// <summary>Returns once it answers.</summary>
    public async Task StartAsync()
    {
        // The project's folder, where its static files are: .../bin/Debug/net10.0/PurchaseLimits.Web.dll.
        var start = new ProcessStartInfo("dotnet", ["exec", _program]) { WorkingDirectory = Path.GetFullPath(Path.Combine(_program, "..", "..", "..", "..")) };
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        start.Environment.Remove("ASPNETCORE_HOSTINGSTARTUPASSEMBLIES");
        foreach (var (name, value) in _settings)
            start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        _process = Process.Start(start)!;

        using var client = new HttpClient { BaseAddress = Address };
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            Assert.False(_process.HasExited, "The store did not start.");
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

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
            await KillAsync();
        _process?.Dispose();
    }

    /// <summary>A port that nobody listens at, for now.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
