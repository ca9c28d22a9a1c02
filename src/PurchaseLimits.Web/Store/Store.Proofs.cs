namespace PurchaseLimits.Web;

/// <summary>When the rules are proved, and what came of it. READ COMMITTED: none of it is about money.</summary>
public sealed partial class Store
{
    /// <summary>Begins a round of proofs where one is due. For who holds the lock that lets one process prove at a time.</summary>
    public Task<ProofBeginningReply> BeginProofAsync() =>
        CallAsync(
            dataSources.WorkerJobs, "SELECT replace(outcome, '_', '') AS outcome FROM store.begin_proof()", new { },
            rolledBack: new ProofBeginningReply { Outcome = ProofBeginning.Busy },
            inDoubt: new ProofBeginningReply { Outcome = ProofBeginning.InDoubt });

    /// <summary>Keeps what a proof found. False where it could not be kept.</summary>
    public Task<bool> RecordProofAsync(RuleProof proof) =>
        CallAsync(
            dataSources.WorkerJobs,
            "SELECT store.record_proof(@Rule, @Took, @ViolationCount, @Sample, @Error) IS NOT NULL", proof,
            rolledBack: false, inDoubt: false);

    /// <summary>Ends a round and says when the next is due. False where that could not be kept: it is due at once then.</summary>
    /// <param name="proveEvery">From one beginning to the next, where that leaves nineteen twentieths of the time free.</param>
    public Task<bool> FinishProofAsync(TimeSpan proveEvery) =>
        CallAsync(
            dataSources.WorkerJobs, "SELECT store.finish_proof(@proveEvery) IS NOT NULL", new { proveEvery },
            rolledBack: false, inDoubt: false);

    /// <summary>Has a worker prove the rules now.</summary>
    /// <param name="actor">Who wants it: <c>admin 3</c>.</param>
    public Task<ProofRequestReply> RequestProofAsync(string actor) =>
        CallAsync(
            dataSources.AdminPages, "SELECT replace(outcome, '_', '') AS outcome FROM store.request_proof(@actor)", new { actor },
            rolledBack: new ProofRequestReply { Outcome = ProofRequestOutcome.Busy },
            inDoubt: new ProofRequestReply { Outcome = ProofRequestOutcome.InDoubt });
}
