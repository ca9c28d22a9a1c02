using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>How much of everything is tried: as much as a pull request can wait for, or with <c>PROOF=nightly</c> a night's worth.</summary>
internal static class ProofTier
{
    /// <summary>
    /// The collection of the tests that load the machine: one of them at a time. They wait for servers that come back and for sessions that
    /// get nowhere, and beside each other they would wait for a processor.
    /// </summary>
    public const string OneAtATime = "Long proofs";

    public static bool IsNightly { get; } = Environment.GetEnvironmentVariable("PROOF") switch
    {
        null or "" => false,
        "nightly" => true,
        var other => throw new InvalidOperationException($"PROOF is {other}; it may be nightly or nothing."),
    };

    public static string Name => IsNightly ? "nightly" : "pull request";

    public static T Of<T>(T pullRequest, T nightly) => IsNightly ? nightly : pullRequest;

    /// <summary>What a test draws its random choices from, and prints: see <see cref="DrawSeed"/>.</summary>
    public static int Seed(string variable)
    {
        var seed = DrawSeed(variable);
        PrintSeed(variable, seed);
        return seed;
    }

    /// <summary>Says in a test's output how to draw the same again.</summary>
    public static void PrintSeed(string variable, int seed) =>
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}: {variable}={seed} draws the same again");

    /// <summary>The seed that <paramref name="variable"/> names, else another in every run: for what several tests share, each of which prints it.</summary>
    public static int DrawSeed(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), System.Globalization.CultureInfo.InvariantCulture, out var given) ? given : Random.Shared.Next();
}
