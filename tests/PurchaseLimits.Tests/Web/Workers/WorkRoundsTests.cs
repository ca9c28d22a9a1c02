using Microsoft.Extensions.Logging;
using Npgsql;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Workers;

public sealed class WorkRoundsTests
{
    [Fact]
    public async Task Of_failures_of_one_kind_in_a_row_the_first_is_logged_with_its_trace()
    {
        using var stop = new CancellationTokenSource();
        var log = new Log();
        var looks = new Queue<Exception?>(
        [
            new NpgsqlException("away"), new NpgsqlException("still away"), new InvalidOperationException("a mistake"), new NpgsqlException("away again"),
            null, new NpgsqlException("away once more"),
        ]);

        await WorkRounds.RunAsync(TimeSpan.FromMilliseconds(1), "Tests", log, _ =>
        {
            if (looks.TryDequeue(out var failure))
                return failure is null ? Task.CompletedTask : Task.FromException(failure);
            stop.Cancel();
            return Task.CompletedTask;
        }, stop.Token);

        Assert.Equal(
            [
                (LogLevel.Warning, "Tests wait: away", true), (LogLevel.Warning, "Tests wait: still away", false), (LogLevel.Critical, "Tests failed: a mistake", true),
                (LogLevel.Warning, "Tests wait: away again", true), (LogLevel.Warning, "Tests wait: away once more", true),
            ],
            log.Lines);
    }

    private sealed class Log : ILogger
    {
        public List<(LogLevel Level, string Text, bool HasTrace)> Lines { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel > LogLevel.Debug;

        void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
                Lines.Add((logLevel, formatter(state, exception), exception is not null));
        }
    }
}
