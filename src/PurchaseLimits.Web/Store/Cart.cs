namespace PurchaseLimits.Web;

/// <summary>A cart with the prices of one moment. Amounts are US dollars.</summary>
public sealed record Cart
{
    /// <summary>The moment whose prices these are, from the database's clock, to the microsecond.</summary>
    public required DateTimeOffset PricedAt { get; init; }

    /// <summary>For how long the store honours them.</summary>
    public required TimeSpan QuoteLife { get; init; }

    /// <summary>What the customer has left; null for a visitor.</summary>
    public required decimal? LeftAmount { get; init; }

    /// <summary>By how much the customer is over the limit already, after a cut; else zero.</summary>
    public required decimal AlreadyOverBy { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyList<CartLine> Lines { get; init; }

    /// <summary>The lines that can be bought now: sold, and with a price.</summary>
    public IEnumerable<CartLine> Orderable => Lines.Where(line => line.Total is not null);

    public decimal Total => Orderable.Sum(line => line.Total!.Value);

    /// <summary>By how much the cart would pass the limit, as the store would refuse it; zero when it fits.</summary>
    public decimal OverBy => LeftAmount is { } left ? Math.Max(Total + AlreadyOverBy - left, 0) : 0;

    /// <summary>What is left after buying it, when it fits.</summary>
    public decimal? LeftAfter => LeftAmount - Total;
}

public sealed record CartLine
{
    public required long ProductId { get; init; }
    public required long Quantity { get; init; }
    public required string Name { get; init; }
    public required string Tile { get; init; }

    /// <summary>No longer sold.</summary>
    public required bool Withdrawn { get; init; }

    /// <summary>Null: price on request.</summary>
    public required decimal? Price { get; init; }

    /// <summary>Null where it cannot be bought now.</summary>
    public decimal? Total => Withdrawn ? null : Price * Quantity;
}

/// <summary>How a change of a cart ended.</summary>
public enum CartChange
{
    Changed,

    /// <summary>Changed, but to 99, which is less than asked for.</summary>
    Capped,

    /// <summary>Nothing changed: no such product, or it is no longer sold.</summary>
    NotSold,

    /// <summary>Nothing changed: the cart holds as many different products as it may.</summary>
    Full,

    /// <summary>Nothing changed: the product is not in the cart, perhaps no more.</summary>
    NotInCart,
}
