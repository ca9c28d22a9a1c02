using Xunit;

namespace PurchaseLimits.Tests.Support;

public static class Eventually
{
    /// <summary>Asks until it is so; fails once its patience is over.</summary>
    /// <param name="condition">What is asked.</param>
    /// <param name="what">What it is about.</param>
    /// <param name="patience">60 seconds, which is more than nearly anything here takes.</param>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what, TimeSpan? patience = null)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        end.CancelAfter(patience ?? TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            Assert.False(end.IsCancellationRequested, $"It never came to this: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Calls again until it is answered; see <see cref="InsistentCalls"/>.</summary>
    public static async Task<TReply> AnsweredAsync<TReply>(Func<Task<TReply>> call, Func<TReply, bool> isNoAnswer)
    {
        var reply = await call();
        while (isNoAnswer(reply))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            reply = await call();
        }

        return reply;
    }
}
