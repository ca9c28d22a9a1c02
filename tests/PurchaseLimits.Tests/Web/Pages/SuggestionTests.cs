using PurchaseLimits.Web.Pages;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

public sealed class SuggestionTests
{
    [Theory]
    [InlineData("1×300 1×250 1×20", 50, "Without B ($250.00) it fits.")]
    [InlineData("1×300 1×250 1×20", 280, "Without A ($300.00) it fits.")]
    [InlineData("1×300 1×250 1×20", 400, "Without A ($300.00) and B ($250.00) it fits.")]
    [InlineData("2×110 1×22", 71.50, "With 1 of A instead of 2 it fits.")]
    [InlineData("99×1", 5, "With 94 of A instead of 99 it fits.")]
    [InlineData("1×20", 20, null)]
    [InlineData("1×20 1×30", 50, null)]
    [InlineData("1×450 2×14", 458, "With 1 of B and nothing else it fits.")]
    [InlineData("3×9 2×15", 42, "With 1 of B and nothing else it fits.")]
    [InlineData("3×9 2×15", 46, "With 1 of A and nothing else it fits.")]
    public void What_is_given_up_is_as_little_as_possible(string lines, decimal overBy, string? expected)
    {
        var priced = lines.Split(' ').Select((line, i) => line.Split('×') is [var quantity, var price]
            ? new PricedLine(i + 1, $"{(char)('A' + i)}", long.Parse(quantity), decimal.Parse(price))
            : throw new FormatException(line)).ToList();

        Assert.Equal(expected, Suggestion.OrNull(priced, overBy)?.Sentence);
    }
}
