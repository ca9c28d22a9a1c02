using Microsoft.EntityFrameworkCore;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary><see cref="HandWrittenTables"/> as EF Core sees them.</summary>
internal sealed class LedgerContext(DbContextOptions<LedgerContext> options) : DbContext(options)
{
    public DbSet<Product> Products => Set<Product>();

    public DbSet<Customer> Customers => Set<Customer>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Product>().ToTable("product").HasKey(product => product.ProductId);
        modelBuilder.Entity<Customer>().ToTable("customer").HasKey(customer => customer.CustomerId);
        modelBuilder.Entity<Customer>().Property(customer => customer.LastSequenceNumber).IsConcurrencyToken();
        modelBuilder.Entity<CustomerEvent>().ToTable("customer_event").HasKey(entry => new { entry.CustomerId, entry.SequenceNumber });
        modelBuilder.Entity<Purchase>().ToTable("purchase").HasKey(purchase => new { purchase.CustomerId, purchase.PurchaseId });
        modelBuilder.Entity<PurchaseLine>().ToTable("purchase_line").HasKey(line => new { line.CustomerId, line.PurchaseId, line.ProductId });
        // So that lines are written after their purchase.
        modelBuilder.Entity<PurchaseLine>().HasOne<Purchase>().WithMany().HasForeignKey(line => new { line.CustomerId, line.PurchaseId });
        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(entity => entity.GetProperties()))
        {
            property.SetColumnName(System.Text.Json.JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name));
            property.ValueGenerated = Microsoft.EntityFrameworkCore.Metadata.ValueGenerated.Never;
        }
    }
}

internal sealed class Product
{
    public long ProductId { get; set; }

    public decimal Price { get; set; }
}

internal sealed class Customer
{
    public long CustomerId { get; set; }

    public decimal Amount { get; set; }

    public decimal LimitAmount { get; set; }

    public long LastSequenceNumber { get; set; }
}

internal sealed class CustomerEvent
{
    public long CustomerId { get; set; }

    public long SequenceNumber { get; set; }

    public required string Kind { get; set; }

    public Guid? PurchaseId { get; set; }

    public decimal Amount { get; set; }

    public decimal AmountAfter { get; set; }

    public DateTime OccurredAt { get; set; }
}

internal sealed class Purchase
{
    public long CustomerId { get; set; }

    public Guid PurchaseId { get; set; }

    public decimal Total { get; set; }

    public DateTime PlacedAt { get; set; }
}

internal sealed class PurchaseLine
{
    public long CustomerId { get; set; }

    public Guid PurchaseId { get; set; }

    public long ProductId { get; set; }

    public long Quantity { get; set; }

    public decimal UnitPrice { get; set; }
}
