using DbUp.Builder;

namespace PurchaseLimits.Database;

/// <summary>How scripts of one batch share a transaction.</summary>
internal enum BatchTransaction
{
    OneForEach,
    OneForAll,
    None,
}

/// <summary>Scripts that run one after the other in the same way.</summary>
internal sealed record MigrationBatch(BatchTransaction Transaction, IReadOnlyList<Script> Scripts)
{
    public static IReadOnlyList<MigrationBatch> Of(IReadOnlyList<Script> pending)
    {
        var batches = new List<MigrationBatch>();
        foreach (var script in pending)
        {
            var transaction = script.RunsOutsideTransaction ? BatchTransaction.None : script.IsMigration ? BatchTransaction.OneForEach : BatchTransaction.OneForAll;
            if (batches.Count > 0 && batches[^1].Transaction == transaction && transaction != BatchTransaction.None)
                batches[^1] = batches[^1] with { Scripts = [.. batches[^1].Scripts, script] };
            else
                batches.Add(new(transaction, [script]));
        }

        return batches;
    }

    public UpgradeEngineBuilder With(UpgradeEngineBuilder builder) => Transaction switch
    {
        BatchTransaction.OneForEach => builder.WithTransactionPerScript(),
        BatchTransaction.OneForAll => builder.WithTransaction(),
        _ => builder.WithoutTransaction(),
    };
}
