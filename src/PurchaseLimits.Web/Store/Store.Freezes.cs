using Npgsql;

namespace PurchaseLimits.Web;

/// <summary>Customers whose row and ledger differ. These move no money: they run in READ COMMITTED.</summary>
public sealed partial class Store
{
    /// <summary>
    /// Compares a customer's row and ledger, and freezes the customer where they differ: no money function writes for that
    /// customer from then on.
    /// </summary>
    public Task<FreezeReply> FreezeCustomerAsync(long customerId) => FreezeAsync(dataSources.WorkerJobs, customerId);

    /// <summary>Lets money functions write for a frozen customer again, where row and ledger agree by now.</summary>
    /// <param name="customerId">Who.</param>
    /// <param name="reason">1 to 500 characters.</param>
    /// <param name="actor">Who releases: <c>admin 3</c>.</param>
    public Task<ReleaseReply> ReleaseCustomerAsync(long customerId, string reason, string actor) =>
        CallAsync(
            dataSources.AdminPages,
            "SELECT replace(outcome, '_', '') AS outcome, detail FROM store.release_customer(@customerId, @reason, @actor)",
            new { customerId, reason, actor },
            rolledBack: new ReleaseReply { Outcome = ReleaseOutcome.Busy },
            inDoubt: new ReleaseReply { Outcome = ReleaseOutcome.InDoubt });

    /// <summary>
    /// Has a customer frozen that a money function refused, with the rights of whoever called it. False where nothing is wrong
    /// any more: the call may be made again.
    /// </summary>
    private async Task<bool> IsFrozenAsync(NpgsqlDataSource source, long customerId) =>
        // Where it could not be written down the next call meets the same difference and writes it down then.
        (await FreezeAsync(dataSources.ReadCommittedOf(source), customerId)).Outcome != FreezeOutcome.NoDifference;

    private async Task<FreezeReply> FreezeAsync(NpgsqlDataSource source, long customerId)
    {
        var reply = await CallAsync(
            source,
            "SELECT replace(outcome, '_', '') AS outcome, detail FROM store.freeze_customer(@customerId)",
            new { customerId },
            rolledBack: new FreezeReply { Outcome = FreezeOutcome.Busy },
            inDoubt: new FreezeReply { Outcome = FreezeOutcome.InDoubt });
        // Once for each freeze, however many meet it. What differs is on the customer's page, for admins.
        if (reply.Outcome == FreezeOutcome.Frozen)
            logger.LogCritical("Customer {CustomerId} is frozen: row and ledger differ. An operator must look", customerId);
        return reply;
    }
}
