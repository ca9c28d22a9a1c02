using Dapper;
using Npgsql;

namespace PurchaseLimits.Tests.Proof;

/// <summary>What is wrong in a database after a <see cref="FaultLoad"/>: nothing, or somebody lost money.</summary>
internal static class FaultFindings
{
    public static async Task<IReadOnlyList<string>> OfAsync(FaultLoad load, NpgsqlConnection connection)
    {
        var bought = load.Answers.Where(answer => !answer.IsRefund).ToDictionary(answer => answer.Key);
        var recorded = (await connection.QueryAsync<(Guid Key, string Status, decimal Total, long SequenceNumber)>(
            "SELECT purchase_id, status, total, sequence_number FROM store.purchase_receipt")).ToLookup(row => row.Key);
        var refunded = load.Answers.Where(answer => answer.IsRefund).Select(answer => (answer.Key, answer.Amount)).ToHashSet();
        var refunds = (await connection.QueryAsync<(Guid Key, decimal Amount)>("SELECT refund_id, amount FROM store.refund")).ToHashSet();
        return
        [
            .. bought.Keys.Where(key => !recorded.Contains(key)).Select(key => $"acknowledged purchase {key} is lost"),
            .. recorded.Where(rows => !bought.ContainsKey(rows.Key)).Select(rows => $"purchase {rows.Key} is there, and nobody was told: doubled"),
            .. recorded.Where(rows => rows.Count() > 1).Select(rows => $"purchase {rows.Key} is recorded {rows.Count()} times"),
            // What was taken to be decided later has no number yet.
            .. bought.Values.Where(answer => answer.SequenceNumber is not null && !recorded[answer.Key].All(row =>
                    (row.Status, row.Total, row.SequenceNumber) == (answer.Status, answer.Amount, answer.SequenceNumber)))
                .Select(answer => $"purchase {answer.Key} was acknowledged as {answer.Status} of {answer.Amount}, number {answer.SequenceNumber}, and is another"),
            .. refunded.Except(refunds).Select(refund => $"acknowledged refund {refund.Key} of {refund.Amount} is lost"),
            .. refunds.Except(refunded).Select(refund => $"refund {refund.Key} of {refund.Amount} is there, and nobody was told: doubled"),
            .. OutOfOrder(load.Answers),
            .. await connection.QueryAsync<string>("SELECT format('customer %s is over the limit by %s', customer_id, over_by) FROM store.customer_allowance WHERE over_by > 0"),
            .. await connection.QueryAsync<string>("SELECT format('%s customer %s: %s', rule, customer_id, detail) FROM store.integrity_violation"),
            .. (await LedgerReplay.ReadAsync(connection)).Differences,
        ];
    }

    /// <summary>What was answered before another was asked for has the smaller number.</summary>
    private static IEnumerable<string> OutOfOrder(IEnumerable<FaultLoad.Answer> answers)
    {
        foreach (var customer in answers.Where(answer => answer.SequenceNumber is not null).GroupBy(answer => answer.CustomerId))
        {
            var byAnswer = new Queue<FaultLoad.Answer>(customer.OrderBy(answer => answer.Answered));
            var highest = 0L;
            foreach (var answer in customer.OrderBy(answer => answer.Begun))
            {
                while (byAnswer.TryPeek(out var earlier) && earlier.Answered < answer.Begun)
                    highest = Math.Max(highest, byAnswer.Dequeue().SequenceNumber!.Value);
                if (answer.SequenceNumber <= highest)
                    yield return $"purchase {answer.Key} has number {answer.SequenceNumber}, and {highest} was acknowledged before it began";
            }
        }
    }
}
