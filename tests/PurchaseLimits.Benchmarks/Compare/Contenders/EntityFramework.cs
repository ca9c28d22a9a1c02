using System.Data;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>What EF Core's documentation shows, in two variants: its own retry strategy, or a column that says the row moved.</summary>
internal abstract class EntityFramework : IContender
{
    private readonly ComparedDatabase _database;
    private readonly string _schema;
    private readonly NpgsqlDataSource _source;
    private readonly PooledDbContextFactory<LedgerContext> _contexts;
    private long _retries;
    private long _commits;

    protected EntityFramework(ComparedDatabase database, string schema, bool retries)
    {
        (_database, _schema) = (database, schema);
        _source = new NpgsqlDataSourceBuilder($"{database.SourceString(schema)};Search Path={schema}") { Name = schema }.Build();
        _contexts = new PooledDbContextFactory<LedgerContext>(new DbContextOptionsBuilder<LedgerContext>()
            .UseNpgsql(_source, npgsql =>
            {
                // With its defaults the second retry waits a second.
                if (retries)
                    npgsql.EnableRetryOnFailure(Patience.MaxTries, TimeSpan.FromMilliseconds(50), null);
            })
            .Options);
    }

    public abstract string Name { get; }

    public abstract string Does { get; }

    public long? Retries => Interlocked.Read(ref _retries);

    public long? OtherTrips => Interlocked.Read(ref _commits);

    public string Accounts => HandWrittenTables.Accounts(_schema);

    public Task PrepareAsync(IReadOnlyList<long> customers, Action<string> say) => _database.ExecuteAsync(HandWrittenTables.Create(_schema));

    public abstract Task<Answer> BuyAsync(Order order);

    protected LedgerContext NewContext() => _contexts.CreateDbContext();

    protected void CountRetry() => Interlocked.Increment(ref _retries);

    protected void CountCommit() => Interlocked.Increment(ref _commits);

    /// <summary>Reads, decides, and has the context know what is to be written.</summary>
    protected static async Task<Answer> DecideAsync(LedgerContext context, Order order)
    {
        var customer = await context.Customers.SingleAsync(customer => customer.CustomerId == order.CustomerId);
        var products = await context.Products.Where(product => FixedPrices.Products.Contains(product.ProductId)).AsNoTracking().ToListAsync();
        var total = products.Sum(product => product.Price);
        var isBought = customer.Amount + total <= customer.LimitAmount;
        customer.LastSequenceNumber++;
        customer.Amount += isBought ? total : 0;
        context.Add(new CustomerEvent
        {
            CustomerId = order.CustomerId,
            SequenceNumber = customer.LastSequenceNumber,
            Kind = isBought ? "bought" : "refused",
            PurchaseId = order.PurchaseId,
            Amount = isBought ? total : 0,
            AmountAfter = customer.Amount,
            OccurredAt = DateTime.UtcNow,
        });
        if (isBought)
        {
            context.Add(new Purchase { CustomerId = order.CustomerId, PurchaseId = order.PurchaseId, Total = total, PlacedAt = DateTime.UtcNow });
            context.AddRange(products.Select(product => new PurchaseLine
            {
                CustomerId = order.CustomerId,
                PurchaseId = order.PurchaseId,
                ProductId = product.ProductId,
                Quantity = 1,
                UnitPrice = product.Price,
            }));
        }

        return isBought ? Answer.Bought : Answer.Refused;
    }

    public ValueTask DisposeAsync() => _source.DisposeAsync();
}

internal sealed class EntityFrameworkSerializable(ComparedDatabase database) : EntityFramework(database, "efcore_serializable", retries: true)
{
    public override string Name => "efcore-serializable";

    public override string Does => "EF Core in SERIALIZABLE transactions with its own retry strategy, which waits 50 ms at most here.";

    public override async Task<Answer> BuyAsync(Order order)
    {
        await using var context = NewContext();
        var tries = 0;
        try
        {
            return await context.Database.CreateExecutionStrategy().ExecuteAsync(async () =>
            {
                if (++tries > 1)
                    CountRetry();
                context.ChangeTracker.Clear();
                await using var transaction = await context.Database.BeginTransactionAsync(IsolationLevel.Serializable);
                var answer = await DecideAsync(context, order);
                await context.SaveChangesAsync();
                CountCommit();
                await transaction.CommitAsync();
                return answer;
            });
        }
        catch (RetryLimitExceededException)
        {
            return Answer.Unanswered;
        }
    }
}

internal sealed class EntityFrameworkVersion(ComparedDatabase database) : EntityFramework(database, "efcore_version", retries: false)
{
    public override string Name => "efcore-version";

    public override string Does => "EF Core with the row's sequence number as concurrency token; again, with jitter, when somebody was faster.";

    public override async Task<Answer> BuyAsync(Order order)
    {
        for (var failed = 0; failed < Patience.MaxTries;)
        {
            await using var context = NewContext();
            var answer = await DecideAsync(context, order);
            try
            {
                CountCommit();
                await context.SaveChangesAsync();
                return answer;
            }
            // Which of the two comes first is EF's to choose: the event's key, or the row that has another number by now.
            catch (DbUpdateException exception) when (exception is DbUpdateConcurrencyException
                                                      || exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
            {
                CountRetry();
                await Patience.WaitAsync(++failed);
            }
        }

        return Answer.Unanswered;
    }
}
