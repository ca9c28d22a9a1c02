namespace PurchaseLimits.Web;

/// <summary>How <c>store.begin_proof</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ProofBeginning
{
    Begun,
    NotDue,
    Busy,
    InDoubt,
}

/// <summary>How <c>store.request_proof</c> ended, plus <see cref="Busy"/> and <see cref="InDoubt"/>.</summary>
public enum ProofRequestOutcome
{
    Requested,

    /// <summary>Somebody asked already, and it has not begun yet.</summary>
    AlreadyRequested,
    Busy,
    InDoubt,
}

public sealed record ProofBeginningReply
{
    public required ProofBeginning Outcome { get; init; }
}

public sealed record ProofRequestReply
{
    public required ProofRequestOutcome Outcome { get; init; }
}

/// <summary>What a proof of one rule found.</summary>
/// <param name="Rule">I1 to I15.</param>
/// <param name="Took">How long it took.</param>
/// <param name="ViolationCount">How often the rule is broken.</param>
/// <param name="Sample">Some of these, at most 20, each with its customer.</param>
/// <param name="Error">At most 500 characters: why it could not be proved; null where it could.</param>
public sealed record RuleProof(string Rule, TimeSpan Took, long ViolationCount, string[] Sample, string? Error);
