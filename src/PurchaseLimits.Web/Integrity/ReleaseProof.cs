using System.Text.Json;

namespace PurchaseLimits.Web;

/// <summary>
/// What was tried against this release before it was given out: written by a run of the tests in <c>Proof</c>, kept beside this file
/// as <c>release-proof.json</c> (and <c>release-proof.md</c>, for people), built in, shown on the Integrity page.
/// </summary>
public sealed record ReleaseProof
{
    /// <summary>How the file is written and read.</summary>
    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, IndentSize = 2, NewLine = "\n" };

    private static readonly Lazy<ReleaseProof?> s_builtIn = new(() =>
    {
        using var file = typeof(ReleaseProof).Assembly.GetManifestResourceStream("release-proof.json");
        return file is null ? null : JsonSerializer.Deserialize<ReleaseProof>(file, Json);
    });

    /// <summary>The one of this release; null: it was built without.</summary>
    public static ReleaseProof? BuiltIn => s_builtIn.Value;

    /// <summary>When the run began, UTC.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    public required TimeSpan Took { get; init; }

    /// <summary>pull request or nightly: how much of everything was tried.</summary>
    public required string Tier { get; init; }

    /// <summary>The commit that was tried, or one before it where the run says that files were changed.</summary>
    public required string Commit { get; init; }

    /// <summary>As the server says it.</summary>
    public required string PostgresVersion { get; init; }

    public required int Processors { get; init; }

    public required IReadOnlyList<ProofTrial> Trials { get; init; }
}

/// <summary>One thing that was tried, and how it came out.</summary>
public sealed record ProofTrial
{
    /// <summary>What it belongs to: Interleavings, Mixed load, Faults, Planted bugs, Races over HTTP.</summary>
    public required string Section { get; init; }

    /// <summary>What was tried, as a phrase: "buy × refund".</summary>
    public required string What { get; init; }

    /// <summary>How often, in <see cref="Unit"/>.</summary>
    public required long Tried { get; init; }

    /// <summary>What is counted: schedules, operations, kills, cuts.</summary>
    public required string Unit { get; init; }

    /// <summary>How many times a rule was found broken. Of planted bugs: how many were not caught. More than 0 is a failed run.</summary>
    public required long Violations { get; init; }

    /// <summary>What the random choices were drawn from; null: nothing was drawn.</summary>
    public int? Seed { get; init; }

    /// <summary>How often it ended how: "confirmed", "refused", "in doubt, had been committed".</summary>
    public IReadOnlyDictionary<string, long> Outcomes { get; init; } = new Dictionary<string, long>();

    public required TimeSpan Took { get; init; }
}
