using System.Data;
using Npgsql;
using NpgsqlTypes;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>What a caller tells its customer.</summary>
internal enum Said
{
    Bought,
    NotBought,
    Unknown,
}

/// <summary>Callers of <c>store.place_purchase</c> that are wrong, as people write them. The function itself does what it should.</summary>
internal static class WrongCallers
{
    /// <param name="source">Connections of store_web.</param>
    /// <param name="request">What is wanted, once.</param>
    /// <param name="browser">Cancelled when the browser goes away.</param>
    public delegate Task<Said> Caller(NpgsqlDataSource source, PurchaseRequest request, CancellationToken browser);

    /// <summary>By what is wrong with them, with why people write them so.</summary>
    public static IReadOnlyDictionary<string, (string Why, Caller Buy)> All { get; } = new Dictionary<string, (string, Caller)>
    {
        ["a lost reply is asked for with a new key"] = ("IsTransient says: try again.", NewKeyAfterLostReplyAsync),
        ["a lost reply is taken for no"] = ("An exception is a failure.", LostReplyIsNoAsync),
        ["it is acknowledged before COMMIT"] = ("The function has said that it is confirmed.", AcknowledgedBeforeCommitAsync),
        ["its first row is taken for the answer"] = ("There is only one row.", FirstRowIsTheAnswerAsync),
        ["a cancelled call is taken for no"] = ("The request's token goes to every call, and cancelled is cancelled.", CancelledIsNoAsync),
    };

    private static async Task<Said> NewKeyAfterLostReplyAsync(NpgsqlDataSource source, PurchaseRequest request, CancellationToken browser)
    {
        while (true)
        {
            try
            {
                await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
                await using var command = Command(connection, request with { PurchaseId = Guid.CreateVersion7() });
                return Saying(await command.ExecuteScalarAsync(CancellationToken.None));
            }
            catch (NpgsqlException exception) when (exception.IsTransient)
            {
                // Again.
            }
        }
    }

    private static async Task<Said> LostReplyIsNoAsync(NpgsqlDataSource source, PurchaseRequest request, CancellationToken browser)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
            await using var command = Command(connection, request);
            return Saying(await command.ExecuteScalarAsync(CancellationToken.None));
        }
        catch (NpgsqlException)
        {
            return Said.NotBought;
        }
    }

    private static async Task<Said> AcknowledgedBeforeCommitAsync(NpgsqlDataSource source, PurchaseRequest request, CancellationToken browser)
    {
        var said = Said.Unknown;
        try
        {
            await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
            await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Serializable, CancellationToken.None);
            await using var command = Command(connection, request);
            said = Saying(await command.ExecuteScalarAsync(CancellationToken.None));
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (NpgsqlException)
        {
            // The customer has been told.
        }

        return said;
    }

    private static async Task<Said> FirstRowIsTheAnswerAsync(NpgsqlDataSource source, PurchaseRequest request, CancellationToken browser)
    {
        var said = Said.Unknown;
        try
        {
            await using var connection = await source.OpenConnectionAsync(CancellationToken.None);
            await using var command = Command(connection, request);
            await using var reader = await command.ExecuteReaderAsync(CancellationToken.None);
            if (await reader.ReadAsync(CancellationToken.None))
                said = Saying(reader.GetString(0));
        }
        catch (NpgsqlException)
        {
            // The customer has been told.
        }

        return said;
    }

    private static async Task<Said> CancelledIsNoAsync(NpgsqlDataSource source, PurchaseRequest request, CancellationToken browser)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync(browser);
            await using var command = Command(connection, request);
            return Saying(await command.ExecuteScalarAsync(browser));
        }
        catch (OperationCanceledException)
        {
            return Said.NotBought;
        }
        catch (NpgsqlException)
        {
            return Said.Unknown;
        }
    }

    private static Said Saying(object? outcome) => outcome is "confirmed" or "already_recorded" ? Said.Bought : Said.NotBought;

    private static NpgsqlCommand Command(NpgsqlConnection connection, PurchaseRequest request) =>
        new("SELECT outcome FROM store.place_purchase($1, $2, $3, $4, $5, $6, $7)", connection)
        {
            Parameters =
            {
                new() { Value = request.CustomerId },
                new() { Value = request.PurchaseId },
                new() { Value = request.PricedAt.UtcDateTime },
                new() { Value = request.ShownTotal },
                new() { Value = request.Lines.Select(line => line.ProductId).ToArray() },
                new() { Value = request.Lines.Select(line => (long)line.Quantity).ToArray() },
                new() { Value = request.Lines.Select(line => line.AtMost).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Numeric },
            },
        };
}
