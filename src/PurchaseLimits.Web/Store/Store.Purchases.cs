using Dapper;
using Npgsql;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>What customers do with purchases.</summary>
public sealed partial class Store
{
    // Which of the two functions the store's setting wants is learnt from their answers, not asked for each time.
    private volatile bool _confirmsLater;

    // Of a group of purchases or requests with its commit; most take a tenth of it.
    private static readonly TimeSpan s_patience = TimeSpan.FromMilliseconds(50);

    // More groups at once are not faster: their commits go to the disk together as it is.
    private GroupLine<PurchaseRequest, PurchaseReply> Requests => LazyInitializer.EnsureInitialized(ref field, () => new(
        RequestAloneAsync, RequestTogetherAsync, (group, next) => group.Count < 16 && next.CustomerId == group[0].CustomerId,
        atOnce: 4, s_patience, isEven: false));

    // How many of one customer share a transaction with those of others.
    private const int MostInCompany = 8;

    // What the gate lets through, customer by customer. Two groups keep two processors of the server busy; a third makes all smaller.
    private GroupLine<IReadOnlyList<PurchaseRequest>, IReadOnlyList<PurchaseReply>> Purchases => LazyInitializer.EnsureInitialized(ref field, () => new(
        PlaceTogetherAsync, PlaceOfManyAsync, (group, next) => group.Sum(purchases => purchases.Count) + next.Count <= CustomerGate.MostTogether,
        atOnce: 2, s_patience, isEven: true));

    /// <summary>
    /// Decides a purchase, or takes it to be decided by a worker where the store confirms later. The token ends the waiting in
    /// line only, never a call that may be committing.
    /// </summary>
    public async Task<PurchaseReply> PlacePurchaseAsync(PurchaseRequest request, CancellationToken cancellationToken = default)
    {
        // The setting changes rarely: the second answer is the last but for somebody who flips it at this very moment.
        for (var turn = 0; turn < 3; turn++)
        {
            var confirmsLater = _confirmsLater;
            var reply = await CountedAsync(confirmsLater, () => confirmsLater ? RequestAsync(request) : DecideAsync(request, cancellationToken));
            if (reply.Outcome is PurchaseOutcome.ConfirmsLater or PurchaseOutcome.ConfirmsAtOnce)
            {
                _confirmsLater = reply.Outcome == PurchaseOutcome.ConfirmsLater;
                continue;
            }

            return reply;
        }

        return new PurchaseReply { Outcome = PurchaseOutcome.Busy };
    }

    private async Task<PurchaseReply> CountedAsync(bool confirmsLater, Func<Task<PurchaseReply>> place)
    {
        string? outcome = "failed";
        try
        {
            var reply = await place();
            // Who is sent to the other function is counted there.
            outcome = reply.Outcome is PurchaseOutcome.ConfirmsLater or PurchaseOutcome.ConfirmsAtOnce ? null : OutcomeNames.Of(reply.Outcome);
            return reply;
        }
        catch (CustomerFrozenException)
        {
            outcome = "frozen";
            throw;
        }
        catch (OperationCanceledException)
        {
            outcome = "cancelled"; // while it stood in line
            throw;
        }
        finally
        {
            if (outcome is not null)
                metrics.CountPurchase(outcome, confirmsLater);
        }
    }

    /// <summary>Cancels a purchase that still waits, as its customer.</summary>
    public Task<CancelReply> CancelPurchaseAsync(long customerId, Guid purchaseId) =>
        CancelAsync(dataSources.Money, "store.cancel_own_purchase(@customerId, @purchaseId)", customerId, new { customerId, purchaseId });

    private Task<CancelReply> CancelAsync(NpgsqlDataSource source, string call, long customerId, object arguments) =>
        CallInLineAsync(
            source, customerId,
            $"SELECT replace(outcome, '_', '') AS outcome, status FROM {call}",
            arguments,
            busy: new CancelReply { Outcome = CancelOutcome.Busy },
            inDoubt: new CancelReply { Outcome = CancelOutcome.InDoubt });

    /// <summary>Puts a purchase that was refused for the limit alone before an admin.</summary>
    public Task<ApprovalReply> AskApprovalAsync(long customerId, Guid purchaseId, string note) =>
        CallInLineAsync(
            dataSources.Money, customerId,
            """
            SELECT replace(outcome, '_', '') AS outcome, status, expires_at
            FROM store.ask_approval(@customerId, @purchaseId, @note)
            """,
            new { customerId, purchaseId, note },
            busy: new ApprovalReply { Outcome = ApprovalOutcome.Busy },
            inDoubt: new ApprovalReply { Outcome = ApprovalOutcome.InDoubt });

    private async Task<PurchaseReply> DecideAsync(PurchaseRequest request, CancellationToken cancellationToken)
    {
        using var wait = metrics.BeginWait();
        var reply = await gate.TryPlaceAsync(
            request,
            // A crowd's are many enough as they are, and nobody has to wait for a transaction so long.
            purchases => purchases.Count > MostInCompany ? PlaceTogetherAsync(purchases, mayBeDone: false) : Purchases.SendAsync(purchases),
            wait.Served, cancellationToken);
        if (reply is null)
            wait.Rejected(PlaceStatement);
        // What it caused may be in the outbox now.
        signals.Mails.Notify();
        return reply ?? new PurchaseReply { Outcome = PurchaseOutcome.Busy };
    }

    /// <summary>Decides purchases of one customer in one round trip and one transaction, in their order.</summary>
    /// <param name="requests">What is asked for.</param>
    /// <param name="mayBeDone">They were sent before, with others', and it is not known how that ended.</param>
    private async Task<IReadOnlyList<PurchaseReply>> PlaceTogetherAsync(IReadOnlyList<PurchaseRequest> requests, bool mayBeDone)
    {
        using var call = metrics.BeginGroup(PlaceStatement, requests.Count);
        return await CallAsync<IReadOnlyList<PurchaseReply>>(
            dataSources.Money, call,
            async connection =>
            {
                // Each try has a command and parameters of its own (facts 16).
                await using var command = PlaceCommand(connection, requests, mayBeKnown: true);
                await using var reader = await command.ExecuteReaderAsync();
                return call.Answered(await ReadRepliesAsync(reader));
            },
            rolledBack: All(PurchaseOutcome.Busy),
            inDoubt: All(PurchaseOutcome.InDoubt),
            requests[0].CustomerId, mayBeDone);

        PurchaseReply[] All(PurchaseOutcome outcome) => [.. requests.Select(_ => new PurchaseReply { Outcome = outcome })];
    }

    /// <summary>
    /// Decides the purchases of several customers in one round trip and one transaction. Null for a customer of whom nothing was
    /// decided: somebody else is at work there, or the whole was rolled back.
    /// </summary>
    private async Task<IReadOnlyList<IReadOnlyList<PurchaseReply>?>> PlaceOfManyAsync(IReadOnlyList<IReadOnlyList<PurchaseRequest>> customers)
    {
        var ordered = customers.OrderBy(purchases => purchases[0].CustomerId).SelectMany(purchases => purchases).ToArray();
        var replies = await SendGroupAsync(dataSources.Money, PlaceStatement, ordered.Length, async (connection, mayBeKnown) =>
        {
            await using var command = PlaceCommand(connection, ordered, mayBeKnown);
            await using var reader = await command.ExecuteReaderAsync();
            return await ReadRepliesAsync(reader);
        });
        if (replies is null)
            return new IReadOnlyList<PurchaseReply>?[customers.Count];
        var byCustomer = ordered.Zip(replies).ToLookup(pair => pair.First.CustomerId, pair => pair.Second);
        return
        [
            .. customers.Select(purchases => byCustomer[purchases[0].CustomerId].ToArray())
                .Select(of => of[0].Outcome == PurchaseOutcome.LeftOut ? null : of),
        ];
    }

    /// <summary>
    /// One call for several who can be asked about alone, so it is made again once at most, and once more where a key is known. Null:
    /// nothing was done. Throws when that is not known.
    /// </summary>
    /// <param name="source">Where its connections come from.</param>
    /// <param name="sql">The call.</param>
    /// <param name="count">How many are asked about.</param>
    /// <param name="send">Sends them; true: one of the keys may be known, as one was that made the first try fail.</param>
    private async Task<List<PurchaseReply>?> SendGroupAsync(
        NpgsqlDataSource source, string sql, int count, Func<NpgsqlConnection, bool, Task<List<PurchaseReply>>> send)
    {
        using var call = metrics.BeginGroup(sql, count);
        var mayBeKnown = false;
        for (var tries = 1; ; tries++)
        {
            var sent = false;
            try
            {
                await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
                sent = true;
                return call.Answered(await send(connection, mayBeKnown));
            }
            catch (Exception exception) when (!sent || exception is PostgresException && RetryPolicy.Classify(exception, sent) != Failure.InDoubt)
            {
                call.Failed(exception, inDoubt: false);
                var looks = !mayBeKnown && RetryPolicy.IsAboutAKey(exception);
                if (!looks && (tries > 1 || RetryPolicy.Classify(exception, sent) != Failure.RolledBack))
                {
                    call.End("left_out");
                    return null;
                }

                mayBeKnown |= looks;
                call.TriedAgain(exception);
            }
            catch (Exception)
            {
                // What broke this connection may have broken the idle ones: whoever asks next takes a new one.
                source.Clear();
                throw;
            }
        }
    }

    private const string PlaceStatement = $"SELECT {ReplyColumns} FROM store.place_purchases($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    private static NpgsqlCommand PlaceCommand(NpgsqlConnection connection, IReadOnlyList<PurchaseRequest> requests, bool mayBeKnown)
    {
        var lines = requests.Select(Lines).ToArray();
        return new NpgsqlCommand(PlaceStatement, connection)
        {
            Parameters =
            {
                new NpgsqlParameter<long[]> { TypedValue = [.. requests.Select(request => request.CustomerId)] },
                new NpgsqlParameter<Guid[]> { TypedValue = [.. requests.Select(request => request.PurchaseId)] },
                new NpgsqlParameter<DateTime[]> { TypedValue = [.. requests.Select(request => request.PricedAt.UtcDateTime)] },
                new NpgsqlParameter<decimal[]> { TypedValue = [.. requests.Select(request => request.ShownTotal)] },
                new NpgsqlParameter<long[]> { TypedValue = [.. lines.Select(of => (long)of.ProductIds.Length)] },
                new NpgsqlParameter<long[]> { TypedValue = [.. lines.SelectMany(of => of.ProductIds)] },
                new NpgsqlParameter<long[]> { TypedValue = [.. lines.SelectMany(of => of.Quantities)] },
                new NpgsqlParameter<decimal?[]> { TypedValue = [.. lines.SelectMany(of => of.AtMosts)] },
                new NpgsqlParameter<bool> { TypedValue = mayBeKnown },
            },
        };
    }

    /// <summary>Every reply of every result. Nothing counts before all was read: a failed COMMIT shows at the end (facts 5).</summary>
    private static async Task<List<PurchaseReply>> ReadRepliesAsync(System.Data.Common.DbDataReader reader)
    {
        var replies = new List<PurchaseReply>();
        do
        {
            var parse = reader.GetRowParser<PurchaseReply>();
            while (await reader.ReadAsync())
                replies.Add(parse(reader));
        }
        while (await reader.NextResultAsync());
        return replies;
    }

    /// <summary>Takes no customer's lock, so nobody stands in line for it.</summary>
    private async Task<PurchaseReply> RequestAsync(PurchaseRequest request)
    {
        var reply = await Requests.SendAsync(request);
        signals.Purchases.Notify();
        return reply;
    }

    private Task<PurchaseReply> RequestAloneAsync(PurchaseRequest request, bool mayBeDone) =>
        CallAsync(
            dataSources.Pages, RequestStatement, Arguments(request),
            rolledBack: new PurchaseReply { Outcome = PurchaseOutcome.Busy },
            inDoubt: new PurchaseReply { Outcome = PurchaseOutcome.InDoubt },
            request.CustomerId, mayBeDone);

    /// <summary>
    /// Writes down requests in one round trip and one transaction; READ COMMITTED, because it decides nothing. Null for each where
    /// that was rolled back.
    /// </summary>
    private async Task<IReadOnlyList<PurchaseReply?>> RequestTogetherAsync(IReadOnlyList<PurchaseRequest> requests)
    {
        var replies = await SendGroupAsync(dataSources.Pages, "store.request_purchase(", requests.Count, async (connection, _) =>
        {
            await using var batch = connection.CreateBatch();
            foreach (var request in requests)
            {
                var (productIds, quantities, atMosts) = Lines(request);
                batch.BatchCommands.Add(new NpgsqlBatchCommand(
                    $"SELECT {ReplyColumns} FROM store.request_purchase($1, $2, $3, $4, $5, $6, $7)")
                {
                    Parameters =
                    {
                        new NpgsqlParameter<long> { TypedValue = request.CustomerId },
                        new NpgsqlParameter<Guid> { TypedValue = request.PurchaseId },
                        new NpgsqlParameter<DateTime> { TypedValue = request.PricedAt.UtcDateTime },
                        new NpgsqlParameter<decimal> { TypedValue = request.ShownTotal },
                        new NpgsqlParameter<long[]> { TypedValue = productIds },
                        new NpgsqlParameter<long[]> { TypedValue = quantities },
                        new NpgsqlParameter<decimal?[]> { TypedValue = atMosts },
                    },
                });
            }

            await using var reader = await batch.ExecuteReaderAsync();
            return await ReadRepliesAsync(reader);
        });
        return replies ?? (IReadOnlyList<PurchaseReply?>)new PurchaseReply?[requests.Count];
    }

    private const string ReplyColumns =
        "replace(outcome, '_', '') AS outcome, status, total, left_amount, over_by, sequence_number, product_id";

    private const string RequestStatement =
        $"SELECT {ReplyColumns} FROM store.request_purchase(@CustomerId, @PurchaseId, @PricedAt, @ShownTotal, @ProductIds, @Quantities, @AtMosts)";

    private static object Arguments(PurchaseRequest request)
    {
        var (productIds, quantities, atMosts) = Lines(request);
        return new
        {
            request.CustomerId,
            request.PurchaseId,
            request.PricedAt,
            request.ShownTotal,
            ProductIds = productIds,
            Quantities = quantities,
            AtMosts = atMosts,
        };
    }

    /// <summary>The lines as the functions want them: ids ascending.</summary>
    private static (long[] ProductIds, long[] Quantities, decimal?[] AtMosts) Lines(PurchaseRequest request)
    {
        var lines = request.Lines.OrderBy(line => line.ProductId).ToArray();
        return (
            [.. lines.Select(line => line.ProductId)],
            [.. lines.Select(line => (long)line.Quantity)],
            [.. lines.Select(line => line.AtMost)]);
    }
}
