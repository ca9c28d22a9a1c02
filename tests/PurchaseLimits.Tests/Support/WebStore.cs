using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;

namespace PurchaseLimits.Tests.Support;

/// <summary>The store as a web process: Kestrel on a port of its own, reached over real HTTP.</summary>
public sealed class WebStore : IAsyncDisposable
{
    private readonly Factory _factory;

    /// <param name="connectionString">The connection string of a role.</param>
    /// <param name="settings">Further settings by name.</param>
    /// <param name="configure">What a test looks at it with.</param>
    public WebStore(
        Func<string, string> connectionString, IReadOnlyDictionary<string, string>? settings = null, Action<IServiceCollection>? configure = null)
    {
        // Tests turn the clock and write history of their own; reports are refreshed where one is about them.
        var own = new Dictionary<string, string>(settings ?? new Dictionary<string, string>());
        own.TryAdd("Reports:RefreshEvery", "00:00:00");
        // What a test changes in the database it looks for on the next page.
        own.TryAdd("Store:VisitorPageAge", "00:00:00");
        // All who visit it have one address.
        own.TryAdd("Accounts:AttemptsPerMinute", "0");
        // Whoever ends it does not wait for others to notice.
        own.TryAdd("Shutdown:Delay", "00:00:00");
        _factory = new Factory(configure, new Dictionary<string, string>(own)
        {
            ["ConnectionStrings:Store"] = connectionString("store_web"),
            ["ConnectionStrings:Admin"] = connectionString("store_admin"),
            ["ConnectionStrings:Worker"] = connectionString("store_worker"),
            ["Logging:LogLevel:Default"] = "Error",
            ["Logging:LogLevel:Microsoft.AspNetCore"] = "Error", // appsettings.json names it as well
        });
        _factory.UseKestrel(0);
        _factory.StartServer();
    }

    public Uri Address => _factory.ClientOptions.BaseAddress;

    public IServiceProvider Services => _factory.Services;

    /// <summary>A browser with its own cookies.</summary>
    public Shopper NewShopper() => new(Address);

    public ValueTask DisposeAsync() => _factory.DisposeAsync();

    // The type names the assembly whose entry point is run, nothing more.
    private sealed class Factory(Action<IServiceCollection>? configure, IReadOnlyDictionary<string, string> settings) : WebApplicationFactory<PurchaseLimits.Web.Store>
    {
        protected override void ConfigureWebHost(IWebHostBuilder builder)
        {
            builder.UseEnvironment(settings.GetValueOrDefault("environment", "Development"));
            foreach (var (name, value) in settings)
                builder.UseSetting(name, value);
            builder.ConfigureTestServices(services =>
                services.Configure<PasswordHasherOptions>(options => options.IterationCount = StoreWebTest.PasswordIterations));
            builder.ConfigureServices(services => configure?.Invoke(services));
        }
    }
}
