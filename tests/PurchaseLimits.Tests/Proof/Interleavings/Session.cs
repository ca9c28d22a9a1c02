using System.Diagnostics;
using System.Globalization;
using Npgsql;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>One of the two or three in a schedule: real connections, one for each role, of which one command uses one.</summary>
/// <param name="database">Where.</param>
/// <param name="number">What <c>test.pause</c> knows it by: no other session of this database has it.</param>
/// <param name="letter">What schedules call it.</param>
internal sealed class Session(ExplorerDatabase database, int number, char letter) : IAsyncDisposable
{
    private const string Begin = "its beginning";
    private const string Between = "between its transactions";
    private const string End = "its end";

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Dictionary<string, NpgsqlConnection> _connections = [];
    private NpgsqlConnection _connection = null!;
    private Command _command = null!;
    private long _customerId;
    private string? _isolation;
    private bool _pauses;
    private int _passed;
    private volatile string? _place;
    private volatile TaskCompletionSource _arrived = NewSignal();
    private volatile TaskCompletionSource? _mayGoOn;

    public char Letter => letter;

    public int Number => number;

    public Command Command => _command;

    public int ProcessId => _connection.ProcessID;

    /// <summary>Where it stands; null while it runs, or waits for another.</summary>
    public string? Place => _place;

    public bool IsRunning => _place is null;

    public bool IsOver => _place == End;

    /// <summary>Stands in the middle, perhaps with locks that others wait for.</summary>
    public bool IsStanding => _place is not (null or Begin or End);

    /// <summary>Stands where it keeps whatever it has locked.</summary>
    public bool IsInTransaction => IsStanding && _place != Between;

    public bool HasBegun => _place != Begin;

    /// <summary>Ends with the next place it comes to.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>What the command returned, or the SQLSTATE that it failed with; null: it was rolled back and is to be tried again.</summary>
    public string? Outcome { get; private set; }

    /// <summary>How often it was rolled back.</summary>
    public int Rollbacks { get; private set; }

    /// <summary>Gets ready to do a command, step by step.</summary>
    public async Task PrepareAsync(Command command, long customerId, string? isolation)
    {
        await ChooseAsync(command, customerId, isolation, pauses: true);
        _place = Begin;
    }

    /// <summary>Lets it go on from where it stands.</summary>
    /// <returns>The number of the pause whose lock it waits for; null: it waits for none, and goes on at once.</returns>
    public int? GoOn()
    {
        var from = _place;
        _arrived = NewSignal();
        _place = null;
        if (from == Begin)
        {
            _ = Task.Run(RunAsync);
            return null;
        }

        if (_mayGoOn is { } mayGoOn)
        {
            _mayGoOn = null;
            mayGoOn.SetResult();
            return null;
        }

        return ++_passed;
    }

    /// <summary>
    /// Does a command without a stop, again where it is rolled back. Other conductors' sessions stand in the middle of
    /// transactions meanwhile, on the same pages of the same tables: until theirs are over, every try may be rolled back.
    /// </summary>
    public async Task<string> RunAloneAsync(Command command, long customerId, string? isolation)
    {
        await ChooseAsync(command, customerId, isolation, pauses: false);
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            await AttemptAsync();
            if (Outcome is not null)
                return Outcome;
            if (Stopwatch.GetElapsedTime(started) > s_patience)
                throw new TimeoutException($"{command.Name} was rolled back {Rollbacks} times while nobody else was at this customer.");
            await Task.Delay(1);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
            await connection.DisposeAsync();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task ChooseAsync(Command command, long customerId, string? isolation, bool pauses)
    {
        (_command, _customerId, _isolation, _pauses, _passed, Rollbacks) = (command, customerId, isolation, pauses, 0, 0);
        if (!_connections.TryGetValue(command.Role, out var connection))
        {
            connection = await database.OpenAsync(command.Role);
            connection.Notice += (_, notice) => NotePause(notice.Notice.MessageText);
            _connections.Add(command.Role, connection);
        }

        _connection = connection;
        var session = pauses ? number.ToString(CultureInfo.InvariantCulture) : "";
        await ExecuteAsync($"SELECT set_config('test.session', '{session}', false), set_config('test.step', '0', false)");
    }

    private async Task RunAsync()
    {
        await AttemptAsync();
        Arrive(End);
    }

    private async Task AttemptAsync()
    {
        Outcome = null;
        try
        {
            string? result = null;
            for (var i = 0; i < _command.Transactions.Count; i++)
            {
                if (i > 0)
                    await StandAsync(Between);
                var transaction = _command.Transactions[i];
                var isolation = transaction.Isolation ?? _isolation;
                await ExecuteAsync(isolation is null ? "BEGIN" : $"BEGIN ISOLATION LEVEL {isolation}");
                result = await CallAsync(transaction.Sql, result);
                await StandAsync("before COMMIT");
                await ExecuteAsync("COMMIT");
            }

            Outcome = result ?? "nothing";
        }
        catch (PostgresException exception)
        {
            await ExecuteAsync("ROLLBACK");
            if (RetryPolicy.IsAboutAKey(exception) && _command.WhenKnown is { } again)
            {
                _command = again;
                await StandAsync(Between);
                await AttemptAsync();
            }
            else if (exception.SqlState is PostgresErrorCodes.SerializationFailure or PostgresErrorCodes.DeadlockDetected)
                Rollbacks++;
            else
                Outcome = $"{exception.SqlState} {exception.ConstraintName ?? exception.MessageText}";
        }
        catch (Exception exception) when (exception is NpgsqlException or IOException or InvalidOperationException)
        {
            Outcome = exception.ToString();
        }
    }

    private async Task StandAsync(string place)
    {
        if (!_pauses)
            return;
        var mayGoOn = NewSignal();
        _mayGoOn = mayGoOn;
        Arrive(place);
        await mayGoOn.Task;
    }

    private void NotePause(string notice)
    {
        if (notice.StartsWith("at: ", StringComparison.Ordinal))
            Arrive(notice["at: ".Length..]);
    }

    private void Arrive(string place)
    {
        _place = place;
        _arrived.TrySetResult();
    }

    private async Task<string?> CallAsync(string sql, string? previous)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.AddWithValue("customer", _customerId);
        command.Parameters.AddWithValue("previous", NpgsqlTypes.NpgsqlDbType.Text, (object?)previous ?? DBNull.Value);
        return await command.ExecuteScalarAsync() as string;
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }
}
