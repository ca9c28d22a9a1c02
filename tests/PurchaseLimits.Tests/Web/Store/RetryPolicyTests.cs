using System.Diagnostics;
using System.Net.Sockets;
using Npgsql;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Store;

public sealed class RetryPolicyTests
{
    [Theory]
    [InlineData("40001", Failure.RolledBack)]
    [InlineData("40P01", Failure.RolledBack)]
    [InlineData("55P03", Failure.RolledBack)]
    [InlineData("53300", Failure.RolledBack)]
    [InlineData("53100", Failure.RolledBack)]
    [InlineData("57014", Failure.RolledBack)]
    [InlineData("23514", Failure.Answer)]
    [InlineData("22003", Failure.Answer)]
    [InlineData("23505", Failure.Answer)]
    [InlineData("42501", Failure.Answer)]
    [InlineData("25001", Failure.Answer)]
    [InlineData("PL001", Failure.Answer)]
    [InlineData("08006", Failure.InDoubt)]
    [InlineData("57P01", Failure.InDoubt)]
    [InlineData("57P02", Failure.InDoubt)]
    [InlineData("57P03", Failure.InDoubt)]
    [InlineData("XX000", Failure.InDoubt)]
    public void What_the_server_says_decides(string sqlState, Failure expected) =>
        Assert.Equal(expected, RetryPolicy.Classify(new PostgresException("", "ERROR", "ERROR", sqlState), sent: true));

    [Fact]
    public void A_broken_wire_is_in_doubt_once_the_call_may_have_been_sent()
    {
        foreach (var exception in new Exception[]
                 {
                     new NpgsqlException("cut", new IOException()),
                     new NpgsqlException("silence", new TimeoutException()),
                     new SocketException(),
                     new OperationCanceledException(),
                 })
        {
            Assert.Equal(Failure.InDoubt, RetryPolicy.Classify(exception, sent: true));
            Assert.Equal(Failure.RolledBack, RetryPolicy.Classify(exception, sent: false));
        }
    }

    [Fact]
    public async Task No_try_begins_past_the_deadline_but_one_that_asks_about_a_doubt()
    {
        var now = Stopwatch.GetTimestamp();
        var longAgo = now - (long)(RetryPolicy.Deadline.TotalSeconds * Stopwatch.Frequency);

        Assert.False(await RetryPolicy.WaitForNextTryAsync(1, Failure.RolledBack, longAgo, isFirstDoubt: false));
        Assert.False(await RetryPolicy.WaitForNextTryAsync(2, Failure.InDoubt, longAgo, isFirstDoubt: false));
        Assert.True(await RetryPolicy.WaitForNextTryAsync(1, Failure.InDoubt, longAgo, isFirstDoubt: true));
        Assert.True(await RetryPolicy.WaitForNextTryAsync(1, Failure.RolledBack, now, isFirstDoubt: false));
        Assert.False(await RetryPolicy.WaitForNextTryAsync(RetryPolicy.MaxTries, Failure.RolledBack, now, isFirstDoubt: false));
    }
}
