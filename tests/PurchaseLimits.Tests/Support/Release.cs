using PurchaseLimits.Database;
using Xunit;

namespace PurchaseLimits.Tests.Support;

/// <summary>The repository as it was at an earlier commit, in a temporary folder: its scripts to run, its web to start.</summary>
public sealed class Release : IDisposable
{
    /// <summary>The first schema that landed: six migrations.</summary>
    public const string First = "e7b3c949ac486d2d1dd557355df4fc9969836523";

    private readonly DirectoryInfo _folder;

    private Release(DirectoryInfo folder) => _folder = folder;

    /// <summary>The release before this one, as <c>db/previous_release</c> says.</summary>
    public static string Previous => File.ReadLines(Path.Combine(Repository.Root, "db", "previous_release")).Single(line => line.Length > 0 && line[0] != '#').Trim();

    public string Root => _folder.FullName;

    internal IReadOnlyList<Script> Scripts => Script.From(Path.Combine(Root, "db"));

    /// <summary>Takes a commit from this clone's history.</summary>
    public static async Task<Release> OfAsync(string commit)
    {
        var folder = Directory.CreateTempSubdirectory("purchase-limits-release-");
        var archive = Path.Combine(folder.FullName, "release.tar");
        await RunAsync("git", Repository.Root, ["archive", "--output", archive, commit, "src", "db", "Directory.Build.props", "Directory.Packages.props", "global.json"]);
        await System.Formats.Tar.TarFile.ExtractToDirectoryAsync(archive, folder.FullName, overwriteFiles: false, TestContext.Current.CancellationToken);
        // The web looks for its static files beside the solution.
        return new Release(folder);
    }

    /// <summary>Builds its web.</summary>
    /// <returns>The program.</returns>
    public async Task<string> BuildWebAsync()
    {
        var project = Path.Combine(Root, "src", "PurchaseLimits.Web");
        // What it was checked for when it was released need not be checked again. No server stays behind that another build would meet.
        await RunAsync("dotnet", project, ["build", "--configuration", "Release", "-p:RunAnalyzers=false", "-p:UseSharedCompilation=false", "-nodeReuse:false"]);
        return Directory.GetFiles(Path.Combine(project, "bin", "Release"), "PurchaseLimits.Web.dll", SearchOption.AllDirectories).Single();
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static Task<string> RunAsync(string program, string folder, string[] arguments) =>
        Programs.SucceedAsync(new(program, arguments) { WorkingDirectory = folder });
}
