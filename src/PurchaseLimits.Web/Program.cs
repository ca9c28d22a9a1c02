using PurchaseLimits.Database;
using PurchaseLimits.Web;
using PurchaseLimits.Web.Accounts;
using PurchaseLimits.Web.Http;
using PurchaseLimits.Web.Mails;
using PurchaseLimits.Web.Operating;
using PurchaseLimits.Web.Telemetry;

// Before all else: it asks a store that runs, and is asked for every few seconds.
if (args is [HealthyCommand.Name, .. var rest])
    return await HealthyCommand.RunAsync(rest);

// --fresh is ours alone: .NET's settings would take what follows it for its value.
var builder = WebApplication.CreateBuilder([.. args.Where(argument => argument != "--fresh")]);
var settings = builder.Configuration;

// Where Development names no database it brings its own, with the demo store in it. Nothing else ever migrates from here.
var bringsDatabase = builder.Environment.IsDevelopment() && string.IsNullOrWhiteSpace(settings.GetConnectionString("Store"));
await using var local = bringsDatabase ? await OpenLocalStoreOrNullAsync(args.Contains("--fresh")) : null;
if (bringsDatabase && local is null)
    return 1;
if (local is not null)
{
    settings["ConnectionStrings:Store"] = local.StoreConnection;
    settings["ConnectionStrings:Admin"] = local.AdminConnection;
    settings["ConnectionStrings:Worker"] = local.WorkerConnection;
}

builder.Logging.AddStoreLogs(builder.Environment);
// What is missing is said by the settings' check, with all else that is wrong.
builder.Services.AddStore(
    StoreConnections.ReadOrNull(settings, "Store") ?? "", StoreConnections.ReadOrNull(settings, "Admin") ?? "",
    StoreConnections.ReadOrNull(settings, "Worker") ?? "", StoreConnections.ReadOrNull(settings, "Reports"));
builder.Services.AddWorkers(builder.Configuration);
builder.Services.AddAccounts(builder.Environment.IsDevelopment());
builder.Services.AddMails();
builder.Services.AddLedgerHealth();
builder.AddTelemetry();
builder.Services.AddReadyHealth();
builder.Services.AddDrain();
builder.Services.AddProxies();
builder.Services.AddVisitorPages();
builder.Services.AddAttemptLimit();
builder.Services.AddScoped<PurchaseLimits.Web.Pages.CustomerHeader>();
builder.Services.AddRouting(options => options.LowercaseUrls = true);
builder.Services.AddRazorPages(options => options.Conventions.AuthorizeFolder("/Admin", AccountServices.AdminsOnly))
    .AddMvcOptions(options =>
    {
        options.Filters.Add<KnownHandlersOnly>();
        options.Filters.Add<PurchaseLimits.Web.Pages.FrozenCustomerFilter>();
    });
builder.WebHost.ConfigureKestrel(options =>
{
    options.AddServerHeader = false;
    options.Limits.MaxRequestBodySize = RequestGuard.MaxBodySize;
});

try
{
    await StartupCheck.CheckSettingsAsync(builder.Services);
}
catch (StartupException exception)
{
    Console.Error.WriteLine($"The store does not start. {exception.Message}");
    return 1;
}

await using var app = builder.Build();
try
{
    await StartupCheck.RunAsync(app.Services.GetRequiredService<StoreDataSources>());
    await DatabaseKeys.PrepareAsync(app.Services);
}
catch (Exception exception) when (exception is StartupException or Npgsql.NpgsqlException)
{
    Console.Error.WriteLine($"The store does not start. {exception.Message}");
    return 1;
}

app.UseRequestIds();
app.UseProxies();
app.UseDrain();
app.UseSecurityHeaders();
app.UseRefusalLog();
if (!app.Environment.IsDevelopment())
    app.UseTlsOnly();
app.UseExceptionHandler(new ExceptionHandlerOptions
{
    ExceptionHandlingPath = "/error",
    StatusCodeSelector = exception => exception switch
    {
        BadHttpRequestException bad => bad.StatusCode,
        // The database is away or out of breath: not the visitor's fault, and not for long.
        Npgsql.NpgsqlException when RetryPolicy.Classify(exception, sent: true) != Failure.Answer => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    },
});
app.UseStatusCodePagesWithReExecute("/status/{0}");
app.UseRouting();
app.UseRateLimiter();
app.UseAuthentication();
app.UseAuthorization();
// Behind those three: which page it is says how large a body may be, and nobody's is read who may not be there.
app.UseRequestGuard();
app.UseOutputCache();
app.MapStaticAssets().AllowAnonymous();
app.MapRazorPages().WithStaticAssets();
app.MapLedgerHealth();
app.MapReadyHealth();
// An address that does not exist is a 404 for everybody, not an invitation to sign in.
// Also one that looks like a file, which MapFallback leaves out by itself.
app.MapFallback("{**path}", () => Results.NotFound()).AllowAnonymous();

try
{
    await app.StartAsync();
}
// Told to stop while it starts.
catch (OperationCanceledException) when (app.Lifetime.ApplicationStopping.IsCancellationRequested)
{
    await app.StopAsync();
    return 0;
}
catch (Exception exception) when (exception is IOException or InvalidOperationException or System.Net.Sockets.SocketException)
{
    // The port is taken, most often; or it is not for everybody, or there is no certificate for it.
    Console.Error.WriteLine($"The store does not start. {exception.Message}");
    // Workers began before the port was asked for, and end before what they need does.
    await app.StopAsync();
    return 1;
}
// What HostSettings and AddTelemetry do not look at, such as a certificate in a store of the machine.
catch (Exception exception) when (exception is FormatException or ArgumentException or System.Security.Cryptography.CryptographicException)
{
    Console.Error.WriteLine($"The store does not start. A setting of Kestrel or of OpenTelemetry (OTEL_…) makes no sense. {exception.Message}");
    await app.StopAsync();
    return 1;
}

if (local is not null)
{
    Console.WriteLine($"""

        The demo store is open at {string.Join(", ", app.Urls)}
          customer 10, who has bought $480.00 of $500.00:  {DemoStore.CustomerEmail}
          admin, who may take limits away:                 {DemoStore.AdminEmail}
          a second admin, for what takes two:              {DemoStore.SecondAdminEmail}
          the password of all three:                       {DemoStore.Password}
          mails that it would send:                        {MailsWouldGoTo(app)}

        """);
}

await app.WaitForShutdownAsync();
// A worker that died takes the process along; whoever looks after it is to start it again.
return app.Services.GetServices<IHostedService>().OfType<BackgroundService>().Any(worker => worker.ExecuteTask is { IsFaulted: true }) ? 1 : 0;

static string MailsWouldGoTo(WebApplication app)
{
    var options = app.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<MailOptions>>();
    return DevelopmentMailbox.IsOpen(app.Environment, options) ? $"{app.Urls.First()}/dev/mail" : $"go to {options.Value.SmtpHost}";
}

static async Task<LocalStore?> OpenLocalStoreOrNullAsync(bool fresh)
{
    Console.WriteLine("ConnectionStrings:Store is not set: using a private PostgreSQL server of this clone.");
    try
    {
        var store = await LocalStore.OpenAsync(fresh, Console.WriteLine);
        try
        {
            await store.FillAsync(Console.WriteLine);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }
    catch (Exception exception) when (exception is LocalPostgresException or MigrationException)
    {
        Console.Error.WriteLine(exception.Message);
        if (exception is MigrationException)
            Console.Error.WriteLine("To start over: dotnet run --project src/PurchaseLimits.Web -- --fresh");
        return null;
    }
}
