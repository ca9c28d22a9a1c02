using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.DependencyInjection;

[assembly: HostingStartup(typeof(PurchaseLimits.Benchmarks.Compare.EmptyPageStartup))]

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>What <see cref="WebUnderTest"/> adds to the web: a page with nothing on it. Passwords are cheap there, because nobody measures sign-in.</summary>
public sealed class EmptyPageStartup : IHostingStartup
{
    internal const int PasswordIterations = 1_000;

    public void Configure(IWebHostBuilder builder) => builder.ConfigureServices(services =>
    {
        services.Configure<PasswordHasherOptions>(options => options.IterationCount = PasswordIterations);
        services.AddRazorPages().AddApplicationPart(typeof(EmptyPageStartup).Assembly);
    });
}
