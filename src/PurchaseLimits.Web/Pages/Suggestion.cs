namespace PurchaseLimits.Web.Pages;

/// <summary>A line as the partial <c>_Lines</c> shows it. US dollars; the "at most" stands where there is no price.</summary>
public sealed record PricedLine(long ProductId, string Name, long Quantity, decimal UnitPrice)
{
    /// <summary>The customer's own; null where the page showed a price.</summary>
    public decimal? AtMost { get; init; }

    public bool HasPrice { get; init; } = true;
    public long RefundedQuantity { get; init; }

    public decimal Total => UnitPrice * Quantity;

    /// <summary>A line of a cart that can be ordered.</summary>
    public static PricedLine Of(CartLine line) => new(line.ProductId, line.Name, line.Quantity, line.Price ?? line.AtMost ?? 0)
    {
        AtMost = line.IsOnRequest ? line.AtMost : null,
        HasPrice = !line.IsOnRequest,
    };
}

/// <summary>What to leave out so that a purchase fits.</summary>
/// <param name="Sentence">For the customer.</param>
/// <param name="Keep">How many stay of each product that changes; 0 where it is left out.</param>
public sealed record Suggestion(string Sentence, IReadOnlyDictionary<long, long> Keep)
{
    /// <summary>
    /// The smallest single line that is enough to drop, else the fewest lines, largest first; or fewer of one product where
    /// that gives up less money or dropping would leave nothing; or, where no whole line fits, as many of one product as do and
    /// nothing else. Null where none of it helps.
    /// </summary>
    /// <param name="lines">All lines of the purchase.</param>
    /// <param name="overBy">US dollars above the limit; above zero.</param>
    public static Suggestion? OrNull(IReadOnlyList<PricedLine> lines, decimal overBy)
    {
        var drop = lines.Where(line => line.Total >= overBy).OrderBy(line => line.Total).Take(1).ToList();
        if (drop.Count == 0)
        {
            var stillOver = overBy;
            foreach (var line in lines.OrderByDescending(line => line.Total).TakeWhile(_ => stillOver > 0))
            {
                drop.Add(line);
                stillOver -= line.Total;
            }

            if (stillOver > 0)
                return null;
        }

        // How many of one product are too many, for each of which some would remain; the one that gives up the least money.
        var fewer = lines.Where(line => line.UnitPrice > 0)
            .Select(line => (Line: line, TooMany: (long)Math.Ceiling(overBy / line.UnitPrice)))
            .Where(choice => choice.TooMany < choice.Line.Quantity)
            .OrderBy(choice => choice.TooMany * choice.Line.UnitPrice)
            .Take(1)
            .ToList();
        var canDrop = drop.Count < lines.Count;
        if (fewer is [var (some, tooMany)] && (!canDrop || tooMany * some.UnitPrice < drop.Sum(line => line.Total)))
        {
            var keep = some.Quantity - tooMany;
            return new Suggestion($"With {keep} of {some.Name} instead of {some.Quantity} it fits.",
                new Dictionary<long, long> { [some.ProductId] = keep });
        }

        if (canDrop)
            return new Suggestion($"Without {Names(drop)} it fits.", drop.ToDictionary(line => line.ProductId, _ => 0L));

        var room = lines.Sum(line => line.Total) - overBy;
        var only = lines.Where(line => line.UnitPrice > 0 && line.UnitPrice <= room)
            .Select(line => (Line: line, Keep: (long)Math.Floor(room / line.UnitPrice)))
            .OrderByDescending(choice => choice.Keep * choice.Line.UnitPrice)
            .Take(1)
            .ToList();
        return only is [var (rest, count)]
            ? new Suggestion($"With {count} of {rest.Name} and nothing else it fits.",
                lines.ToDictionary(line => line.ProductId, line => line == rest ? count : 0L))
            : null;
    }

    private static string Names(List<PricedLine> lines)
    {
        var names = lines.Select(line => $"{line.Name} ({Display.Money(line.Total)})").ToList();
        return names.Count == 1 ? names[0] : $"{string.Join(", ", names.SkipLast(1))} and {names[^1]}";
    }
}
