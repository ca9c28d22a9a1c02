using System.Diagnostics;
using Dapper;
using Npgsql;
using PurchaseLimits.Web.Telemetry;

namespace PurchaseLimits.Web;

/// <summary>
/// The one place that calls money functions. Each method is one call, one round trip, one SERIALIZABLE transaction (but for
/// imports), made again where that is safe (see <see cref="RetryPolicy"/>). A method throws only for what is nobody's everyday
/// business: a constraint that fired, a missing right, a password that no longer holds.
/// </summary>
public sealed partial class Store(
    StoreDataSources dataSources, CustomerGate gate, WorkSignals signals, StoreMetrics metrics, ILogger<Store> logger)
    : IDisposable
{
    // A serialization failure between different customers means that their rows share a page: PostgreSQL watches reads of an
    // index by the page, and on small tables everybody's keys are on one. Tries after such a failure go one at a time, so
    // that they end; on large tables there are none.
    private readonly SemaphoreSlim _secondTries = new(1);

    // Milliseconds. Whoever is ahead may be waiting for a row lock of its own; that must not hold up the others for long.
    private const int LongestWaitForOtherSecondTries = 250;

    /// <summary>Sets a product's price from a moment on. Setting the same price twice changes nothing.</summary>
    public async Task<PriceReply> SetPriceAsync(PriceRequest request)
    {
        var reply = await CallAsync(
            dataSources.AdminMoney,
            """
            SELECT replace(outcome, '_', '') AS outcome, price_valid_from, price_valid_to
            FROM store.set_price(@ProductId, @Price, @ValidFrom, @Actor)
            """,
            request,
            rolledBack: new PriceReply { Outcome = PriceOutcome.Busy },
            inDoubt: new PriceReply { Outcome = PriceOutcome.InDoubt });
        PricesWereSet();
        return reply;
    }

    /// <summary>Purchases may have waited for a price: has them looked at now rather than at a worker's next look.</summary>
    public void PricesWereSet() => signals.Purchases.Notify();

    /// <summary>Opens a customer's account and registers its customer.</summary>
    public Task<AccountReply> OpenAccountAsync(AccountRequest request) =>
        CallAsync(
            dataSources.Money,
            """
            SELECT replace(outcome, '_', '') AS outcome, user_id, customer_id
            FROM account.open_account(@Email, @NormalizedEmail, @PasswordHash, @SecurityStamp, @DisplayName)
            """,
            request,
            rolledBack: new AccountReply { Outcome = AccountOutcome.Busy },
            inDoubt: new AccountReply { Outcome = AccountOutcome.InDoubt });

    public void Dispose() => _secondTries.Dispose();

    /// <summary>
    /// One call for one customer, in that customer's line. Ends as <paramref name="busy"/> where the line was too long or the
    /// last try was rolled back.
    /// </summary>
    private async Task<TReply> CallInLineAsync<TReply>(
        NpgsqlDataSource source, long customerId, string sql, object arguments, TReply busy, TReply inDoubt,
        CancellationToken cancellationToken = default)
    {
        var reply = busy;
        using var wait = metrics.BeginWait();
        var served = await gate.TryRunAsync(
            customerId,
            async () =>
            {
                wait.Served();
                reply = await CallAsync(source, sql, arguments, rolledBack: busy, inDoubt, customerId);
            },
            cancellationToken);
        if (!served)
            wait.Rejected(sql);
        // What it caused may be in the outbox now.
        signals.Mails.Notify();
        return reply;
    }

    /// <summary>
    /// One call by Dapper, which reads an outcome into its enum by name, in any case, so the statements drop SQL's underscores.
    /// </summary>
    /// <exception cref="CustomerFrozenException"><paramref name="customerId"/>'s row and ledger differ.</exception>
    private async Task<TReply> CallAsync<TReply>(
        NpgsqlDataSource source, string sql, object arguments, TReply rolledBack, TReply inDoubt, long? customerId = null,
        bool mayBeDone = false)
    {
        using var call = metrics.BeginCall(sql);
        return await CallAsync(
            source, call,
            // Dapper reads the reply to its end, where a failed COMMIT shows (facts 5).
            async connection => call.Answered(await connection.QuerySingleAsync<TReply>(new CommandDefinition(sql, arguments))),
            rolledBack, inDoubt, customerId, mayBeDone);
    }

    /// <summary>The three-way failure rule around one call.</summary>
    /// <param name="source">Where it connects to.</param>
    /// <param name="call">Measures it.</param>
    /// <param name="ask">
    /// Makes the call, and reads its reply to the end. With no request's token: one cancelled during COMMIT may have committed (facts 15).
    /// </param>
    /// <param name="rolledBack">The reply when nothing happened, at every try.</param>
    /// <param name="inDoubt">The reply when it is not known whether something happened.</param>
    /// <param name="customerId">Whose call it is.</param>
    /// <param name="mayBeDone">It is in doubt to begin with: the same was sent before, in another way.</param>
    private async Task<TReply> CallAsync<TReply>(
        NpgsqlDataSource source, MeasuredCall call, Func<NpgsqlConnection, Task<TReply>> ask, TReply rolledBack, TReply inDoubt,
        long? customerId, bool mayBeDone)
    {
        var started = Stopwatch.GetTimestamp();
        var everInDoubt = mayBeDone;
        var askedAfterDoubt = false;
        if (mayBeDone)
            call.BeganInDoubt();
        var crowded = false;
        for (var tries = 1; ; tries++)
        {
            var sent = false;
            Exception failedWith;
            var alone = crowded && await _secondTries.WaitAsync(LongestWaitForOtherSecondTries);
            try
            {
                await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
                sent = true;
                return await ask(connection);
            }
            catch (Exception exception) when (RetryPolicy.Classify(exception, sent) != Failure.Answer)
            {
                failedWith = exception;
            }
            catch (PostgresException exception) when (exception.SqlState == CustomerFrozenException.SqlState && customerId is not null)
            {
                if (await IsFrozenAsync(source, customerId.Value))
                {
                    call.End("frozen");
                    throw new CustomerFrozenException(customerId.Value, exception);
                }

                failedWith = exception;
            }
            catch (PostgresException exception) when (exception.ConstraintName is not null)
            {
                logger.LogCritical(exception, "A promise was about to be broken: {SqlState} by {Constraint}",
                    exception.SqlState, exception.ConstraintName);
                throw;
            }
            finally
            {
                if (alone)
                    _secondTries.Release();
            }

            // What was frozen and is not is as good as rolled back.
            var failure = failedWith is PostgresException { SqlState: CustomerFrozenException.SqlState }
                ? Failure.RolledBack
                : RetryPolicy.Classify(failedWith, sent);
            crowded = failedWith is PostgresException { SqlState: PostgresErrorCodes.SerializationFailure };
            var isFirstDoubt = failure == Failure.InDoubt && !askedAfterDoubt;
            if (failure == Failure.InDoubt)
            {
                askedAfterDoubt = true;
                everInDoubt = true;
                // What broke this connection may have broken the idle ones: the next try takes a new one.
                source.Clear();
            }

            call.Failed(failedWith, failure == Failure.InDoubt);
            if (!await RetryPolicy.WaitForNextTryAsync(tries, failure, started, isFirstDoubt))
            {
                logger.LogError(failedWith, "Gave up after {Tries} tries, in doubt: {InDoubt}", tries, everInDoubt);
                call.GaveUp();
                return everInDoubt ? inDoubt : rolledBack;
            }

            logger.LogDebug(failedWith, "Try {Tries} failed ({Failure}), trying again", tries, failure);
            call.TriedAgain(failedWith);
        }
    }
}
