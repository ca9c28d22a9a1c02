using Dapper;
using PurchaseLimits.Tests.Proof.Interleavings;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>Where bugs are planted, one after the other, each for customers of its own; and the store as it is, to compare with.</summary>
public sealed class PlantingGround(PostgresServer server) : IAsyncLifetime
{
    private ExplorerDatabase _withConstraints = null!;
    private ExplorerDatabase _without = null!;
    private ExplorerDatabase _clean = null!;
    private long _lastCustomer;

    public async ValueTask InitializeAsync()
    {
        _withConstraints = await ExplorerDatabase.CreateAsync(server);
        _without = await ExplorerDatabase.CreateAsync(server, Promises.BreakAsync);
        _clean = await ExplorerDatabase.CreateAsync(server);
        foreach (var database in new[] { _withConstraints, _without, _clean })
        {
            await using var superuser = await database.OpenSuperuserAsync();
            await superuser.ExecuteAsync(Asked.RisingPrice);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var database in new[] { _withConstraints, _without, _clean })
            await database.DisposeAsync();
    }

    /// <summary>Plants a bug, and says how it came to light.</summary>
    internal async Task<Catch> CatchAsync(PlantedBug bug, bool withConstraints, int schedulesEach, int seed)
    {
        var exploration = new Exploration
        {
            Scenarios = bug.Scenarios,
            SchedulesEach = schedulesEach,
            Seed = seed,
            Conductors = 1,
            Reference = _clean,
            FirstCustomer = _lastCustomer + 1,
        };
        _lastCustomer += exploration.Customers;
        return await Catch.TryAsync(withConstraints ? _withConstraints : _without, bug, exploration);
    }
}
