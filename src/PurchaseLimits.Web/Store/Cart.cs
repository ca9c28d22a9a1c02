namespace PurchaseLimits.Web;

/// <summary>A cart with the prices of one moment. Amounts are US dollars.</summary>
public sealed record Cart
{
    /// <summary>The moment whose prices these are, from the database's clock, to the microsecond.</summary>
    public required DateTimeOffset PricedAt { get; init; }

    /// <summary>For how long the store honours them.</summary>
    public required TimeSpan QuoteLife { get; init; }

    /// <summary>For how long a purchase waits for a price that is missing.</summary>
    public required TimeSpan HoldLife { get; init; }

    /// <summary>The store takes orders at once and decides them a little later.</summary>
    public required bool DeferredConfirmation { get; init; }

    /// <summary>The customer's limits; null for a visitor.</summary>
    public required Allowance? Allowance { get; init; }

    /// <summary>By name.</summary>
    public required IReadOnlyList<CartLine> Lines { get; init; }

    /// <summary>The lines that can be ordered now: sold, and with a price or the customer's "at most".</summary>
    public IEnumerable<CartLine> Orderable => Lines.Where(line => line.Total is not null);

    /// <summary>What it costs, with the "at most" for what has no price.</summary>
    public decimal Total => Orderable.Sum(line => line.Total!.Value);

    /// <summary>The part of the total for which the "at most" stands.</summary>
    public decimal AtMostTotal => Orderable.Where(line => line.IsOnRequest).Sum(line => line.Total!.Value);

    /// <summary>Something in the order has no price: it is held for until it has one.</summary>
    public bool IsHeld => Orderable.Any(line => line.IsOnRequest);

    /// <summary>No hold of an order that is sent while the prices are good lasts longer.</summary>
    public DateTimeOffset HeldUntil => PricedAt + QuoteLife + HoldLife;

    /// <summary>Nothing is sold to this customer until somebody has looked: see <see cref="Allowance.IsFrozen"/>.</summary>
    public bool IsFrozen => Allowance?.IsFrozen == true;

    /// <summary>The limit that would refuse the cart; null when it fits, and for a visitor.</summary>
    public AllowanceReading? Refuser => Allowance?.RefuserOf(Total);

    /// <summary>By how much the cart would pass that limit, as the store would refuse it; zero when it fits.</summary>
    public decimal OverBy => Refuser?.OverByWith(Total) ?? 0;

    /// <summary>By how much the customer is over that limit already, after a cut; else zero.</summary>
    public decimal AlreadyOverBy => Refuser?.OverBy ?? 0;

    /// <summary>The limit that its page speaks of: what refuses it, or else leaves least. Null for a visitor.</summary>
    public AllowanceReading? Limit => Refuser ?? Allowance?.Tightest;

    /// <summary>What that limit leaves after buying it, when it fits.</summary>
    public decimal? LeftAfter => Limit?.LeftAmount - Total;
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

    /// <summary>What the customer is ready to pay a unit while there is no price; null where they did not say.</summary>
    public required decimal? AtMost { get; init; }

    /// <summary>Sold, but without a price now.</summary>
    public bool IsOnRequest => !Withdrawn && Price is null;

    /// <summary>With the "at most" where there is no price; null where it cannot be ordered now.</summary>
    public decimal? Total => Withdrawn ? null : (Price ?? AtMost) * Quantity;
}

/// <summary>A line as it is put into a cart.</summary>
/// <param name="Quantity">How many: 1 to 99.</param>
/// <param name="AtMost">US dollars a unit, for a product without a price; null where none was given.</param>
public sealed record CartEntry(int Quantity, decimal? AtMost);

/// <summary>How lines were put into a cart all together.</summary>
/// <param name="Change"><see cref="CartChange.Changed"/>, or why nothing changed.</param>
/// <param name="LeftOut">Products that are no longer sold, by name.</param>
public sealed record CartReplacement(CartChange Change, IReadOnlyList<string> LeftOut);

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
