using Xunit;

namespace PurchaseLimits.Tests.Support;

public static class Eventually
{
    /// <summary>Asks until it is so; fails after 60 seconds, which is more than anything here takes.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition, string what)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            Assert.False(patience.IsCancellationRequested, $"It never came to this: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
