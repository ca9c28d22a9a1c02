using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>
/// The real web in a process of its own, over HTTP and without its workers: mails and reports are another process's there. What it
/// has besides is <see cref="EmptyPageStartup"/>.
/// </summary>
internal sealed class WebUnderTest : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _output = new();

    private WebUnderTest(Process process, Uri address)
    {
        _process = process;
        Client = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, UseProxy = false }) { BaseAddress = address };
    }

    public HttpClient Client { get; }

    public TimeSpan Processor
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    /// <returns>Once it answers.</returns>
    /// <exception cref="InvalidOperationException">It does not.</exception>
    public static async Task<WebUnderTest> StartAsync(ComparedDatabase database)
    {
        var address = new Uri($"http://127.0.0.1:{FreePort()}");
        var here = AppContext.BaseDirectory;
        // Its program lies beside this one, and finds this one's page by this one's list of libraries.
        var start = new ProcessStartInfo("dotnet",
        [
            "exec", "--depsfile", Path.Combine(here, "PurchaseLimits.Benchmarks.deps.json"),
            "--runtimeconfig", Path.Combine(here, "PurchaseLimits.Web.runtimeconfig.json"), Path.Combine(here, "PurchaseLimits.Web.dll"),
        ])
        {
            WorkingDirectory = here,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in Settings(database, address))
            start.Environment[name] = value;

        var web = new WebUnderTest(new Process { StartInfo = start }, address);
        web._process.OutputDataReceived += (_, line) => web._output.Enqueue(line.Data ?? "");
        web._process.ErrorDataReceived += (_, line) => web._output.Enqueue(line.Data ?? "");
        web._process.Start();
        web._process.BeginOutputReadLine();
        web._process.BeginErrorReadLine();
        try
        {
            await web.AnswersAsync();
            return web;
        }
        catch
        {
            await web.DisposeAsync();
            throw;
        }
    }

    private static Dictionary<string, string> Settings(ComparedDatabase database, Uri address) => new()
    {
        ["ASPNETCORE_ENVIRONMENT"] = "Development", // elsewhere it insists on TLS
        ["ASPNETCORE_HOSTINGSTARTUPASSEMBLIES"] = typeof(EmptyPageStartup).Assembly.GetName().Name!,
        ["ConnectionStrings__Store"] = database.ConnectionString("store_web"),
        ["ConnectionStrings__Admin"] = database.ConnectionString("store_admin"),
        ["ConnectionStrings__Worker"] = database.ConnectionString("store_worker"),
        ["Urls"] = address.ToString(),
        ["Logging__LogLevel__Default"] = "Error",
        ["Workers__Enabled"] = "false",
        ["Shutdown__Delay"] = "00:00:00",
        ["Accounts__AttemptsPerMinute"] = "0", // all callers have one address, and sign in first
    };

    private async Task AnswersAsync()
    {
        for (var started = Stopwatch.GetTimestamp(); ;)
        {
            if (_process.HasExited || Stopwatch.GetElapsedTime(started) > TimeSpan.FromMinutes(1))
                throw new InvalidOperationException($"The web does not answer. {string.Join('\n', _output)}");
            try
            {
                using var answer = await Client.GetAsync("/benchmarks/empty");
                if (answer.StatusCode == HttpStatusCode.OK)
                    return;
                throw new InvalidOperationException($"The web answers {(int)answer.StatusCode} instead of an empty page. {string.Join('\n', _output)}");
            }
            catch (HttpRequestException)
            {
                await Task.Delay(50);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync();
        }

        _process.Dispose();
    }
}
