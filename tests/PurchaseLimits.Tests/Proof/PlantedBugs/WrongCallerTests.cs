using System.Diagnostics;
using Npgsql;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof.PlantedBugs;

/// <summary>
/// Callers that people write, through a wire that is cut at the worst moments: what a caller tells its customer must be what is on
/// record, and what was wanted once must be there once at most. The ledger is sound all the while; only this comparison sees them.
/// </summary>
[Trait("Proof", "long")]
[Collection(ProofTier.OneAtATime)]
public sealed class WrongCallerTests(PostgresServer server) : StoreTest(server)
{
    private static readonly int s_rounds = ProofTier.Of(3, 30);
    private readonly List<string> _found = [];
    private long _lastCustomer;
    private int _tries;

    public static TheoryData<string> Names => [.. WrongCallers.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Is_caught_with_the_constraints_and_without(string name)
    {
        var (why, buy) = WrongCallers.All[name];
        await using var wire = new MessageWire(ServerAddress.Host, ServerAddress.Port);
        var source = Own(NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(ConnectionString("store_web"))
        {
            Host = "127.0.0.1",
            Port = wire.Port,
            SslMode = SslMode.Disable,
            CancellationTimeout = -1, // it does not wait for what the server says
        }));

        var (caught, text) = await TryAsync(name, wire, (request, browser) => buy(source, request, browser));

        TestContext.Current.TestOutputHelper!.WriteLine($"{why}\n{text}");
        Assert.Equal([true, true], caught);
    }

    /// <summary>The store's own caller.</summary>
    [Fact]
    public async Task Nothing_is_found_in_the_stores_own_caller()
    {
        await using var wire = new MessageWire(ServerAddress.Host, ServerAddress.Port);
        var store = NewStoreThrough(wire.Port);

        var (caught, text) = await TryAsync("nothing: the store's own caller", wire, async (request, browser) =>
        {
            try
            {
                return (await store.PlacePurchaseAsync(request, browser)).Outcome switch
                {
                    PurchaseOutcome.Confirmed or PurchaseOutcome.AlreadyRecorded => Said.Bought,
                    PurchaseOutcome.InDoubt => Said.Unknown,
                    _ => Said.NotBought,
                };
            }
            catch (OperationCanceledException)
            {
                return Said.NotBought; // while it stood in line
            }
        });

        Assert.True(caught.SequenceEqual([false, false]), text);
    }

    /// <summary>Every mishap some times, with the constraints and then without them.</summary>
    /// <returns>Whether something was found, with and without; and what.</returns>
    private async Task<(bool[] Caught, string Text)> TryAsync(string what, MessageWire wire, Func<PurchaseRequest, CancellationToken, Task<Said>> buy)
    {
        var started = Stopwatch.GetTimestamp();
        var mishaps = Enum.GetValues<Mishap>();
        await AddProductsAsync(150m);
        await AddCustomersAsync(1, (2 * s_rounds * mishaps.Length) + 1);
        await FailCommitsAsync();
        // Connected once, and the types of the database are read.
        await MeetAsync(Mishap.None, wire, buy);
        var isControl = what.StartsWith("nothing", StringComparison.Ordinal);
        var (caught, outcomes, text) = (new List<bool>(), new List<string>(), "");
        foreach (var mode in new[] { "with constraints", "without" })
        {
            if (mode == "without")
            {
                await using var superuser = await Superuser.OpenConnectionAsync(Cancelled);
                await Promises.BreakAsync(superuser);
            }

            _found.Clear();
            for (var i = 0; i < s_rounds && (isControl || _found.Count == 0); i++)
            {
                foreach (var mishap in mishaps)
                    await MeetAsync(mishap, wire, buy);
            }

            caught.Add(_found.Count > 0);
            outcomes.Add($"{mode}: {(_found.Count > 0 ? _found[0] : "nothing found")}");
            text += string.Join('\n', _found);
        }

        ProofRun.Add(new()
        {
            Section = "Planted bugs",
            What = what,
            Tried = _tries,
            Unit = "tries",
            Violations = caught.Count(one => one == isControl),
            Outcomes = outcomes.ToDictionary(outcome => outcome, _ => 1L),
            Took = Stopwatch.GetElapsedTime(started),
        });
        return ([.. caught], text);
    }

    /// <summary>A customer of its own wants one thing once, and something goes wrong.</summary>
    private async Task MeetAsync(Mishap mishap, MessageWire wire, Func<PurchaseRequest, CancellationToken, Task<Said>> buy)
    {
        var customerId = ++_lastCustomer;
        var request = await RequestAsync(customerId);
        if (mishap == Mishap.CommitFails)
            await ExecuteAsync("INSERT INTO public.commit_to_fail VALUES (@customerId)", new { customerId });
        using var moment = new BadMoment(mishap);
        wire.At = moment.At;
        Said said;
        try
        {
            said = await buy(request, moment.Browser);
        }
        catch (PostgresException)
        {
            said = Said.Unknown;
        }

        moment.Answered();
        wire.At = _ => AtMessage.Pass;
        _tries++;
        var count = await ScalarAsync<long>("SELECT count(*) FROM store.purchase WHERE customer_id = @customerId", new { customerId });
        if (count > 1 || (said == Said.Bought && count == 0) || (said == Said.NotBought && count == 1))
            _found.Add($"{mishap}, said {said}, on record {count} times");
    }

    /// <summary>COMMIT fails as it does where transactions met: once for each customer that is noted.</summary>
    private Task FailCommitsAsync() => ExecuteAsync(
        """
        CREATE TABLE public.commit_to_fail (customer_id bigint PRIMARY KEY);
        CREATE SEQUENCE public.failed_commit;
        CREATE FUNCTION public.fail_commit() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $f$
        BEGIN
            -- A sequence does not go back with its transaction.
            IF EXISTS (SELECT FROM public.commit_to_fail c WHERE c.customer_id = NEW.customer_id) AND nextval('public.failed_commit') % 2 = 1 THEN
                RAISE EXCEPTION 'could not serialize access' USING ERRCODE = '40001';
            END IF;
            RETURN NULL;
        END
        $f$;
        CREATE CONSTRAINT TRIGGER fail_commit AFTER INSERT ON store.customer_event DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION public.fail_commit()
        """);
}
