namespace PurchaseLimits.Benchmarks.History;

internal sealed record Product(long ProductId, long CategoryId, string Tile, string Name, string Description);

/// <summary>A price in cents from a moment on, in microseconds since 1970.</summary>
internal readonly record struct Price(long ValidFrom, long Cents);

/// <summary>Eight categories and 200 products, each with prices that change a few times in the course of the history.</summary>
internal sealed class PriceList
{
    public const long Day = 86_400_000_000; // microseconds

    /// <summary>Address, name, and the drawings of the shop that stand for its products.</summary>
    public static readonly IReadOnlyList<(string Slug, string Name, string Tiles)> Categories =
    [
        ("kitchen", "Kitchen", "mug kettle frying-pan chef-knife cutting-board mixing-bowls french-press pepper-mill dutch-oven whisk"),
        ("furniture", "Furniture", "dining-chair bookcase stool armchair side-table writing-desk bed wall-mirror"),
        ("lighting", "Lighting", "desk-lamp floor-lamp light-bulb paper-lantern pendant-lamp string-lights table-lamp candles"),
        ("textiles", "Textiles", "apron bath-towel curtains cushion folded-blanket rug socks tea-towels"),
        ("desk", "Desk", "desk-organizer fountain-pen globe notebook pencils scissors wall-calendar wall-clock"),
        ("garden", "Garden", "bird-feeder flower-pot garden-gloves planter-box pruning-shears seed-packet trowel watering-can wheelbarrow"),
        ("outdoors", "Outdoors", "backpack binoculars camp-stove compass hammock headlamp sleeping-bag tent water-bottle"),
        ("games", "Games and toys", "building-blocks chess-set dice dominoes jigsaw-puzzle kite playing-cards spinning-top"),
    ];

    private static readonly string[] Makes = ["Classic", "Small", "Large"];

    private readonly Price[][] _prices;

    public PriceList(Random random, long start, long end)
    {
        Products =
        [
            .. Categories
                .SelectMany((category, index) => category.Tiles.Split(' ').Select(tile => (tile, CategoryId: index + 1L)))
                .SelectMany(product => Makes.Select(make => (product.tile, product.CategoryId, make)))
                .Take(200)
                .Select((p, index) => new Product(index + 1, p.CategoryId, p.tile, $"{p.make} {p.tile.Replace('-', ' ')}",
                    $"The {p.make.ToLowerInvariant()} one of our {p.tile.Replace('-', ' ')} range.")),
        ];
        _prices = [.. Products.Select(_ => MakePrices(random, start, end))];
        Typical = (long)(_prices.Average(prices => prices[0].Cents) * 2);
    }

    public IReadOnlyList<Product> Products { get; }

    /// <summary>About what a purchase costs, in cents.</summary>
    public long Typical { get; }

    /// <summary>Each holds until the next one begins, the last one for good.</summary>
    public IReadOnlyList<Price> Of(long productId) => _prices[productId - 1];

    public Price At(long productId, long moment)
    {
        var prices = _prices[productId - 1];
        var last = prices.Length - 1;
        while (prices[last].ValidFrom > moment)
            last--;
        return prices[last];
    }

    // From a month before the history on, so that there is a price whenever a page is shown.
    private static Price[] MakePrices(Random random, long start, long end)
    {
        var cents = ToFiveCents(400 * Math.Pow(50, random.NextDouble()));
        var prices = new List<Price> { new(start - 30 * Day, cents) };
        var changes = random.Next(1, 6);
        for (var change = 0; change < changes; change++)
        {
            cents = ToFiveCents(cents * (0.9 + 0.3 * random.NextDouble())) is var next && next != cents ? next : cents + 5;
            prices.Add(new Price(start + (long)((end - start) * ((change + random.NextDouble()) / changes)), cents));
        }

        return [.. prices];
    }

    private static long ToFiveCents(double cents) => (long)(cents / 5) * 5;
}
