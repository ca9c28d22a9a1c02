using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Containers;

/// <summary><c>.ci/lint</c> on this repository's composition and workflow, and on copies with a mistake in them.</summary>
[Trait("Server", "15")]
public sealed class LintTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("purchase-limits-lint-");

    public void Dispose()
    {
        foreach (var file in _folder.EnumerateFiles("*", SearchOption.AllDirectories))
            file.Attributes = FileAttributes.Normal;
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("", "", 0, "docker-compose.yml: nothing wrong.")]
    [InlineData("read_only: true", "read_onlyy: true", 1, "docker-compose.yml:20: services.postgres: there is no such key: read_onlyy")]
    [InlineData("interval: 2s", "interval: [2]", 1, "docker-compose.yml:26: services.postgres.healthcheck.interval: must be string")]
    [InlineData("timeout-minutes: 60", "timeout-minuts: 60", 1, ".github/workflows/ci.yml:")]
    [InlineData("${{ github.ref }}", "${{ githup.ref }}", 1, "undefined variable \"githup\"")]
    public async Task A_mistake_in_the_composition_or_the_workflow_is_found(string good, string bad, int exitCode, string says)
    {
        // In CI .ci/lint installs it.
        Programs.SkipWithout("npm", "The lint");
        foreach (var name in new[] { "docker-compose.yml", ".github/workflows/ci.yml", "db/previous_release" })
        {
            var text = await File.ReadAllTextAsync(Path.Combine(Repository.Root, name), TestContext.Current.CancellationToken);
            var file = new FileInfo(Path.Combine(_folder.FullName, name));
            file.Directory!.Create();
            await File.WriteAllTextAsync(file.FullName, good.Length > 0 ? text.Replace(good, bad, StringComparison.Ordinal) : text, TestContext.Current.CancellationToken);
        }

        // The migrations are another test's: here there are none, in a history that has none.
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "db", "migrations"));
        await RunAsync("git", "init", "--quiet", ".");
        await RunAsync("git", "-c", "user.name=test", "-c", "user.email=test@example.com", "commit", "--quiet", "--allow-empty", "--message", "Nothing");
        var commit = (await RunAsync("git", "rev-parse", "HEAD")).Said.Trim();
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "db", "previous_release"), commit + "\n", TestContext.Current.CancellationToken);

        var (code, said) = await RunAsync(Path.Combine(Repository.Root, ".ci", "lint"), ".");

        Assert.True(code == exitCode, said);
        Assert.Contains(says, said, StringComparison.Ordinal);
    }

    private async Task<(int ExitCode, string Said)> RunAsync(string program, params string[] arguments)
    {
        var (exitCode, output, error) = await Programs.RunAsync(new(program, arguments) { WorkingDirectory = _folder.FullName });
        return (exitCode, output + error);
    }
}
