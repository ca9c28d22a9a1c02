using Microsoft.Extensions.Configuration;
using PurchaseLimits.Web.Operating;
using Xunit;

namespace PurchaseLimits.Tests.Web.Operating;

public sealed class HealthyCommandTests
{
    [Theory]
    [InlineData(null, null, "http://localhost:5000/")]
    [InlineData("http://+:8080", null, "http://127.0.0.1:8080/")]
    [InlineData("http://0.0.0.0:8080/", null, "http://127.0.0.1:8080/")]
    [InlineData("http://[::]:8080", null, "http://127.0.0.1:8080/")]
    [InlineData("https://*:8443;http://*:8080", null, "http://127.0.0.1:8080/")]
    [InlineData("https://*:8443", null, "https://127.0.0.1:8443/")]
    [InlineData("http://10.0.0.5:80", "9000", "http://10.0.0.5/")]
    [InlineData(null, "8080;8081", "http://127.0.0.1:8080/")]
    [InlineData("http://unix:/tmp/store.sock", null, null)]
    [InlineData("nonsense", null, null)]
    public void It_asks_where_the_process_listens(string? urls, string? ports, string? address)
    {
        var settings = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["URLS"] = urls, ["HTTP_PORTS"] = ports })
            .Build();

        Assert.Equal(address, HealthyCommand.AddressOrNull(settings)?.ToString());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData("*", null)]
    [InlineData("store.example.com; *", null)]
    [InlineData("*.example.com;store.example.com", "store.example.com")]
    [InlineData("*.example.com;*.example.net", "healthy.example.com")]
    public void It_asks_as_a_host_that_the_process_answers_to(string? allowed, string? host)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["AllowedHosts"] = allowed }).Build();

        Assert.Equal(host, HealthyCommand.HostOrNull(settings));
    }
}
