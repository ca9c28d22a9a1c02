using PurchaseLimits.Database;
using Xunit;

namespace PurchaseLimits.Tests.Database;

public sealed class ConditionsTests
{
    [Theory]
    [InlineData("CHECK ((((a >= 0) AND (a <= 9)) AND ((a > 0) OR (b = 'x (y AND z)'::text)) AND (c <= a)))", "CHECK ((a >= 0) AND (a <= 9) AND ((a > 0) OR (b = 'x (y AND z)'::text)) AND (c <= a))")]
    [InlineData("WHERE ((((a) OR (b)) OR (c)) OR (d));", "WHERE ((a) OR (b) OR (c) OR (d));")]
    [InlineData("CHECK (((a OR b) AND c))", "CHECK ((a OR b) AND c)")]
    [InlineData("CHECK ((a OR (b AND c)))", "CHECK (a OR (b AND c))")]
    [InlineData("CHECK ((NOT (a AND b)) AND c)", "CHECK ((NOT (a AND b)) AND c)")]
    [InlineData("f((a AND b), c) AND d", "f((a AND b), c) AND d")]
    [InlineData("'it''s (' AND \"odd ) name\" AND (a AND b)", "'it''s (' AND \"odd ) name\" AND a AND b")]
    public void What_means_the_same_is_written_the_same_and_nothing_else_is(string sql, string flat) => Assert.Equal(flat, Conditions.Flatten(sql));
}
