using PurchaseLimits.Benchmarks.Compare;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Benchmarks;

/// <summary>That what is measured does what it says, or a figure beside it would mean nothing.</summary>
public sealed class CompareTests(PostgresServer server) : StoreTest(server)
{
    private const int AtOnce = 40; // fewer than the gate lets wait

    private ComparedDatabase _compared = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _compared = Own(new ComparedDatabase(role => Server.ConnectionString(Database, role ?? "postgres")));
        await _compared.AddProductsAsync();
    }

    public static TheoryData<string> Correct => [.. Contenders.Names.Except(["eventual", "http", "http-page"])];

    [Theory]
    [MemberData(nameof(Correct))]
    public async Task A_contender_sells_exactly_what_fits(string name)
    {
        var customers = await _compared.AddAlmostFullAsync(2);
        await using var contender = Contenders.Create(name, _compared);
        await contender.PrepareAsync(customers, _ => { });

        var answers = await BuyAtOnceAsync(contender, customers[0]);

        if (name == "deferred")
            Assert.All(answers, answer => Assert.Equal(Answer.Taken, answer));
        else
            Assert.Equal((4, AtOnce - 4), (answers.Count(answer => answer == Answer.Bought), answers.Count(answer => answer == Answer.Refused)));
        Assert.Empty(await LookAsync(contender, customers));
        Assert.Equal([500m, 480m], await AmountsAsync(contender, customers));
    }

    [Fact]
    public async Task So_does_the_checkout_over_HTTP()
    {
        foreach (var name in (string[])["http", "http-page"])
        {
            var customers = await _compared.AddAlmostFullAsync(2);
            await using var contender = Contenders.Create(name, _compared);
            await contender.PrepareAsync(customers, _ => { });

            var answers = await BuyAtOnceAsync(contender, customers[0]);

            // Whose cart another of the same customer's has emptied, or who was told to ask again, has no answer.
            Assert.InRange(answers.Count(answer => answer == Answer.Bought), 1, 4);
            Assert.Empty(await LookAsync(contender, customers));
            Assert.Equal([500m, 480m], await AmountsAsync(contender, customers));
        }
    }

    [Fact]
    public async Task The_eventual_one_is_shown_to_oversell()
    {
        var customers = await _compared.AddAlmostFullAsync(10);
        await using var contender = Contenders.Create("eventual", _compared);
        await contender.PrepareAsync(customers, _ => { });

        var oversold = new List<Oversold>();
        foreach (var customer in customers.TakeWhile(_ => oversold.Count == 0))
        {
            await BuyAtOnceAsync(contender, customer);
            oversold.AddRange(await LookAsync(contender, customers));
        }

        Assert.Contains(oversold, customer => customer.By >= FixedPrices.Total);
    }

    [Fact]
    public async Task A_row_that_its_events_do_not_add_up_to_ends_the_comparison()
    {
        var customers = await _compared.AddAlmostFullAsync(1);
        await using var contender = Contenders.Create("floor", _compared);
        await contender.PrepareAsync(customers, _ => { });
        await ExecuteAsync("UPDATE floor.customer SET amount = amount + 1");

        var error = await Assert.ThrowsAsync<WrongLedgerException>(() => LookAsync(contender, customers));

        Assert.Equal($"floor: customer {customers[0]}'s row says 481, the events add up to 480.", error.Message);
    }

    [Fact]
    public async Task A_tiny_comparison_ends_well_and_leaves_nothing_behind()
    {
        const string databases = "SELECT count(*) FROM pg_database WHERE datname LIKE 'compare_%'";
        var folder = Directory.CreateTempSubdirectory("purchase-limits-compare-");
        try
        {
            var options = new CompareOptions
            {
                Connection = Server.ConnectionString("postgres"),
                Contenders = ["floor", "store", "eventual"],
                Workloads = ["uniform", "hot", "full", "beside"],
                Events = [200],
                Customers = 40,
                Rounds = 1,
                Length = TimeSpan.FromMilliseconds(100),
            };
            var result = await new Comparison(options, TestContext.Current.TestOutputHelper!.WriteLine).RunAsync();
            new CompareReport(result).Write(folder.FullName);

            Assert.All(result.Series, series => Assert.Single(series.Turns));
            Assert.Equal(3 * 3 + 2, result.Series.Count);
            Assert.All(result.Series, series => Assert.True(series.Turns[0].Answered > 0, series.ToString()));
            Assert.All(result.Series.Where(series => series.Contender != "eventual"), series => Assert.Empty(series.Turns[0].Oversold));
            Assert.Equal(
                ["benchmarks.md", "beside-200.svg", "full-200.svg", "hot-200.svg", "uniform-200.svg"],
                folder.GetFiles().Select(file => file.Name).Order(StringComparer.Ordinal));
            Assert.Equal(0, await ScalarAsync<long>(databases));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<Answer[]> BuyAtOnceAsync(IContender contender, long customer)
    {
        await contender.BeginAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, AtOnce)
            .Select(_ => Task.Run(() => contender.BuyAsync(new Order(customer, Guid.CreateVersion7())), Cancelled)));
        await contender.SettleAsync();
        return answers;
    }

    private Task<IReadOnlyList<Oversold>> LookAsync(IContender contender, IReadOnlyList<long> customers) =>
        Ledger.LookAsync(contender, _compared, [.. customers]);

    private async Task<IEnumerable<decimal>> AmountsAsync(IContender contender, IReadOnlyList<long> customers) =>
        (await QueryAsync<(long CustomerId, decimal Amount, decimal, decimal)>(contender.Accounts, new { customers = customers.ToArray() }))
        .OrderBy(account => account.CustomerId).Select(account => account.Amount);
}
