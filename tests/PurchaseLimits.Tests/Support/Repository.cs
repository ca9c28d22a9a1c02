using System.Runtime.CompilerServices;

namespace PurchaseLimits.Tests.Support;

public static class Repository
{
    /// <summary>The folder that holds PurchaseLimits.sln.</summary>
    public static string Root { get; } = FindRoot();

    private static string FindRoot([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "..", "..", ".."));
}
