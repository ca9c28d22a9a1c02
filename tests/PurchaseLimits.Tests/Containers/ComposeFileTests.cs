using System.Text.RegularExpressions;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Containers;

/// <summary>What the composition promises beyond its schema, which <c>.ci/lint</c> checks it against.</summary>
public sealed class ComposeFileTests
{
    private readonly ComposeFile _compose = new();

    [Fact]
    public void There_are_a_database_a_migration_a_web_and_a_catcher_of_mails() =>
        Assert.Equal(["postgres", "migrate", "web", "mail"], _compose.Services);

    [Fact]
    public void Each_can_write_nothing_but_what_it_is_given_has_limits_and_gains_no_rights()
    {
        Assert.All(_compose.Services, service =>
        {
            Assert.Equal("true", _compose.Scalar(service, "read_only"));
            Assert.Contains("no-new-privileges:true", _compose.List(service, "security_opt"));
            Assert.NotNull(_compose.Scalar(service, "deploy", "resources", "limits", "cpus"));
            Assert.NotNull(_compose.Scalar(service, "deploy", "resources", "limits", "memory"));
        });
        Assert.All(["migrate", "web"], service => Assert.Contains("ALL", _compose.List(service, "cap_drop")));
    }

    [Fact]
    public void Whoever_needs_another_waits_until_that_is_ready()
    {
        Assert.Equal("service_healthy", _compose.Scalar("migrate", "depends_on", "postgres", "condition"));
        Assert.Equal("service_completed_successfully", _compose.Scalar("web", "depends_on", "migrate", "condition"));
        Assert.Equal("no", _compose.Scalar("migrate", "restart"));
    }

    [Fact]
    public void Passwords_come_from_files_that_git_does_not_keep()
    {
        Assert.DoesNotMatch(new Regex("Password=", RegexOptions.IgnoreCase), ComposeFile.Text);
        Assert.All(_compose.Secrets, secret => Assert.Equal($".secrets/{secret.Key}", secret.Value));
        Assert.Contains(".secrets/", File.ReadLines(Path.Combine(Repository.Root, ".gitignore")));
        foreach (var service in _compose.Services.Where(service => _compose.Scalar(service, "environment") is not null))
        {
            var read = _compose.Environment(service).Values.Where(value => value.StartsWith("/run/secrets/", StringComparison.Ordinal)).Select(value => value["/run/secrets/".Length..]);
            Assert.Equal(_compose.List(service, "secrets").Order(), read.Order());
        }
    }

    [Theory]
    [InlineData("src/PurchaseLimits.Web/Dockerfile")]
    [InlineData("src/PurchaseLimits.Database/Dockerfile")]
    public void An_image_has_no_shell_and_no_root(string path)
    {
        var image = new Dockerfile(path);

        Assert.Contains("chiseled", image.Last("FROM"), StringComparison.Ordinal);
        Assert.Equal("$APP_UID", image.Last("USER"));
        Assert.Equal("dotnet", image.Entrypoint[0]);
        Assert.Null(image.Last("RUN"));
    }
}
