using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using PurchaseLimits.Tests.Proof;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

[assembly: AssemblyFixture(typeof(ProofRun))]

namespace PurchaseLimits.Tests.Proof;

/// <summary>
/// What the tests in <c>Proof</c> tried, and how it came out. At the end of the run it is written as <c>release-proof.json</c> and
/// <c>release-proof.md</c> to the folder that <c>PROOF_REPORT</c> names (from the repository's top), else to <c>proof</c> beside the
/// tests' program. A run without such tests writes nothing.
/// </summary>
public sealed class ProofRun : IAsyncLifetime
{
    private static readonly ConcurrentQueue<ProofTrial> s_trials = new();
    private static readonly string[] s_sections = ["Interleavings", "Mixed load", "Faults", "Planted bugs", "Races over HTTP"];
    private static volatile string s_postgresVersion = "";
    private readonly DateTimeOffset _startedAt = DateTimeOffset.UtcNow;

    /// <summary>Adds a trial to the report. A test adds it before it asserts, so that a failed run says what it found.</summary>
    public static void Add(ProofTrial trial)
    {
        if (!s_sections.Contains(trial.Section))
            throw new ArgumentException($"The report has no section {trial.Section}.", nameof(trial));
        s_trials.Enqueue(trial);
        TestContext.Current.TestOutputHelper?.WriteLine(Line(trial));
    }

    /// <summary>Says which PostgreSQL this run is on.</summary>
    public static void RunsOn(Version version) => s_postgresVersion = $"PostgreSQL {version.ToString(2)}";

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (s_trials.IsEmpty)
            return;
        var proof = new ReleaseProof
        {
            StartedAt = _startedAt,
            Took = DateTimeOffset.UtcNow - _startedAt,
            Tier = ProofTier.Name,
            Commit = await CommitAsync(),
            PostgresVersion = s_postgresVersion,
            Processors = Environment.ProcessorCount,
            Trials = [.. s_trials.OrderBy(trial => Array.IndexOf(s_sections, trial.Section)).ThenBy(trial => trial.What, StringComparer.Ordinal)],
        };
        var folder = Environment.GetEnvironmentVariable("PROOF_REPORT") is { Length: > 0 } chosen
            ? Path.Combine(Repository.Root, chosen)
            : Path.Combine(AppContext.BaseDirectory, "proof");
        Directory.CreateDirectory(folder);
        await File.WriteAllTextAsync(Path.Combine(folder, "release-proof.json"), JsonSerializer.Serialize(proof, ReleaseProof.Json) + "\n");
        await File.WriteAllTextAsync(Path.Combine(folder, "release-proof.md"), Markdown(proof));
    }

    internal static string Markdown(ReleaseProof proof)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"# What was tried against the store\n\n");
        text.Append(CultureInfo.InvariantCulture, $"Run of {proof.StartedAt:yyyy-MM-dd HH:mm} UTC ({proof.Tier}), {proof.Took.TotalMinutes:N0} min, of commit {proof.Commit}, on {proof.PostgresVersion}, {proof.Processors} processors.\n");
        text.Append("Written by the tests in `tests/PurchaseLimits.Tests/Proof`; the rules that were asked are `db/views/integrity_*.sql`.\n");
        foreach (var section in proof.Trials.GroupBy(trial => trial.Section))
        {
            text.Append(CultureInfo.InvariantCulture, $"\n## {section.Key}\n\n| what | tried | violations | seed | outcomes | took |\n|---|---:|---:|---:|---|---:|\n");
            foreach (var trial in section)
                text.Append(CultureInfo.InvariantCulture, $"| {trial.What.Replace("|", "\\|", StringComparison.Ordinal)} | {trial.Tried:N0} {trial.Unit} | {trial.Violations:N0} | {trial.Seed} | {Outcomes(trial)} | {trial.Took.TotalSeconds:N1} s |\n");
        }

        return text.ToString();
    }

    private static string Line(ProofTrial trial) =>
        string.Create(CultureInfo.InvariantCulture, $"{trial.Section}, {trial.What}: {trial.Tried:N0} {trial.Unit}, {trial.Violations:N0} violations{(trial.Seed is { } seed ? $", seed {seed}" : "")}; {Outcomes(trial)}; {trial.Took.TotalSeconds:N1} s");

    private static string Outcomes(ProofTrial trial) =>
        string.Join(", ", trial.Outcomes.OrderByDescending(pair => pair.Value).Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key} {pair.Value:N0}")));

    private static async Task<string> CommitAsync()
    {
        // A copy without .git, as in a container, has none.
        var (exitCode, output, _) = await Programs.RunAsync(new("git", ["-C", Repository.Root, "describe", "--always", "--abbrev=40", "--exclude=*", "--dirty= and changed files"]));
        return exitCode == 0 ? output.Trim() : "unknown";
    }
}
