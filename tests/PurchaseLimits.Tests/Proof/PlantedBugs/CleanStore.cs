using Dapper;
using PurchaseLimits.Tests.Proof.Interleavings;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>The store as it is: what a planted bug is compared with.</summary>
public sealed class CleanStore(PostgresServer server) : IAsyncLifetime
{
    private long _lastCustomer;

    internal ExplorerDatabase Database { get; private set; } = null!;

    /// <summary>A database of its own, with the constraints of the money tables or without.</summary>
    internal static Task<ExplorerDatabase> CreateAsync(PostgresServer server, bool withConstraints) =>
        ExplorerDatabase.CreateAsync(server, withConstraints ? null : Promises.BreakAsync);

    public async ValueTask InitializeAsync()
    {
        Database = await CreateAsync(server, withConstraints: true);
        await using var superuser = await Database.OpenSuperuserAsync();
        await superuser.ExecuteAsync(Asked.RisingPrice);
    }

    public ValueTask DisposeAsync() => Database.DisposeAsync();

    /// <summary>The first of some customers that nobody has used.</summary>
    internal long TakeCustomers(long count) => Interlocked.Add(ref _lastCustomer, count) - count + 1;
}
