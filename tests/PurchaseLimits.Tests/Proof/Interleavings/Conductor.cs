using System.Diagnostics;
using System.Globalization;
using Dapper;
using Npgsql;

namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>A schedule as it was run.</summary>
/// <param name="Letters">Who went on at each step: with the scenario's name, enough to run it again.</param>
/// <param name="Steps">The same for a reader.</param>
/// <param name="Choices">Who else might have gone on.</param>
/// <param name="Outcomes">Of each command.</param>
/// <param name="Order">Pairs of commands of which the first was over before the second began.</param>
/// <param name="Rollbacks">Of each command.</param>
/// <param name="Waited">How many times a session waited for another.</param>
internal sealed record ScheduleRun(
    string Letters, IReadOnlyList<string> Steps, IReadOnlyList<Choice> Choices, IReadOnlyList<string> Outcomes,
    IReadOnlyList<(int Before, int After)> Order, IReadOnlyList<int> Rollbacks, int Waited);

/// <summary>
/// Lets sessions go on one step at a time. A session's notice says where it stands; that it waits for another, pg_blocking_pids does.
/// </summary>
internal sealed class Conductor : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    private readonly Session[] _all;
    private readonly NpgsqlConnection _connection;
    private Session[] _sessions = [];
    private HashSet<Session> _waiting = [];

    private Conductor(ExplorerDatabase database, NpgsqlConnection connection, int number)
    {
        _connection = connection;
        _all = [.. Enumerable.Range(0, 3).Select(i => new Session(database, (3 * number) + i + 1, (char)('A' + i)))];
    }

    /// <param name="database">Where.</param>
    /// <param name="number">From 0, of those in this database.</param>
    public static async Task<Conductor> CreateAsync(ExplorerDatabase database, int number) =>
        new(database, await database.OpenAsync(ExplorerDatabase.Superuser), number);

    /// <summary>Does commands one after the other, without a stop.</summary>
    /// <returns>Their outcomes, in the order of the scenario.</returns>
    public async Task<string[]> RunSeriallyAsync(Scenario scenario, IReadOnlyList<int> order, long customerId)
    {
        var outcomes = new string[order.Count];
        foreach (var index in order)
            outcomes[index] = await _all[index].RunAloneAsync(scenario.Commands[index], customerId, isolation: null);
        return outcomes;
    }

    /// <summary>
    /// Runs one schedule to its end. Who goes on is what <paramref name="beginning"/> says, then what <paramref name="choose"/> does.
    /// What was rolled back is done again, alone, when all are over.
    /// </summary>
    public async Task<ScheduleRun> RunAsync(Scenario scenario, long customerId, string beginning, Func<string, char> choose, string? isolation)
    {
        _sessions = _all[..scenario.Commands.Count];
        _waiting = [];
        for (var i = 0; i < _sessions.Length; i++)
            await _sessions[i].PrepareAsync(scenario.Commands[i], customerId, isolation);
        await ExecuteAsync("SELECT pg_advisory_lock(number, 1) FROM unnest(@numbers) AS number", _sessions.Select(session => session.Number).ToArray());
        var (steps, choices, order, waited) = (new List<string>(), new List<Choice>(), new List<(int, int)>(), 0);
        while (!_sessions.All(session => session.IsOver))
        {
            var possible = string.Concat(_sessions.Where(session => !session.IsOver && !session.IsRunning).Select(session => session.Letter));
            var chosen = choices.Count < beginning.Length && possible.Contains(beginning[choices.Count]) ? beginning[choices.Count] : choose(possible);
            choices.Add(new Choice(chosen, possible));
            var index = chosen - 'A';
            var session = _sessions[index];
            if (!session.HasBegun)
                order.AddRange(from over in Enumerable.Range(0, _sessions.Length) where _sessions[over].IsOver && _sessions[over].Outcome is not null select (over, index));
            var from = session.Place;
            if (session.GoOn() is { } pause)
                await ExecuteAsync($"SELECT pg_advisory_lock(@numbers[1], {pause + 1}), pg_advisory_unlock(@numbers[1], {pause})", [session.Number]);
            var before = _waiting;
            await SettleAsync(session);
            steps.Add(Step(session, from!, before));
            waited += _waiting.Except(before).Count();
        }

        await _connection.ExecuteAsync("SELECT pg_advisory_unlock_all()");
        var (outcomes, rollbacks) = (new string[_sessions.Length], _sessions.Select(session => session.Rollbacks).ToArray());
        for (var i = 0; i < _sessions.Length; i++)
        {
            outcomes[i] = _sessions[i].Outcome ?? await _sessions[i].RunAloneAsync(scenario.Commands[i], customerId, isolation);
            if (rollbacks[i] > 0)
                steps.Add($"{_sessions[i].Letter} {scenario.Commands[i].Name}, again: {outcomes[i]}");
        }

        return new ScheduleRun(string.Concat(choices.Select(choice => choice.Chosen)), steps, choices, outcomes, order, rollbacks, waited);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _all)
            await session.DisposeAsync();
        await _connection.DisposeAsync();
    }

    /// <summary>Until every session stands somewhere, is over, or waits for one that stands.</summary>
    private async Task SettleAsync(Session gone)
    {
        // Nearly always it has arrived before the server need be asked. As long as its transaction goes on, whoever waits for it still does.
        await Task.WhenAny(gone.Arrived, Task.Delay(1));
        if (gone.IsInTransaction)
            return;

        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            // Before the server is asked: who stands there keeps what it has locked, until it is told to go on.
            var standing = _sessions.Where(session => session.IsStanding).ToArray();
            var running = _sessions.Where(session => session.IsRunning).ToArray();
            if (running.Length == 0)
            {
                _waiting = [];
                return;
            }

            var blockers = (await _connection.QueryAsync<(int ProcessId, int[] Blockers)>(
                    "SELECT p.pid, pg_blocking_pids(p.pid) FROM unnest(@running) AS p (pid)", new { running = running.Select(session => session.ProcessId).ToArray() }))
                .ToDictionary(row => row.ProcessId, row => row.Blockers);
            var waiting = running.Where(session => session.IsRunning && WaitsFor(session, [])).ToHashSet();
            if (running.All(session => !session.IsRunning || waiting.Contains(session)) && waiting.All(session => session.IsRunning))
            {
                _waiting = waiting;
                return;
            }

            if (Stopwatch.GetElapsedTime(started) > s_patience)
                throw new TimeoutException($"Neither at a breakpoint nor waiting for another: {string.Join(", ", running.Select(session => session.Command.Name))}.");
            await Task.WhenAny([.. running.Select(session => session.Arrived), Task.Delay(1)]);

            bool WaitsFor(Session session, HashSet<Session> seen) =>
                blockers.GetValueOrDefault(session.ProcessId, []).Any(pid =>
                    standing.Any(other => other.ProcessId == pid)
                    || (running.FirstOrDefault(other => other.ProcessId == pid) is { } next && seen.Add(next) && WaitsFor(next, seen)));
        }
    }

    private string Step(Session session, string from, HashSet<Session> waitedBefore)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"{session.Letter} {session.Command.Name}, from {from}: {Where(session)}");
        foreach (var other in waitedBefore.Except(_waiting))
            text += $"; then {other.Letter}, which waited: {Where(other)}";
        return text;
    }

    private static string Where(Session session) =>
        session.IsOver ? session.Outcome ?? "is rolled back" : session.Place is { } place ? $"stands {place}" : "waits for another";

    private async Task ExecuteAsync(string sql, int[] numbers)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.AddWithValue("numbers", numbers);
        await command.ExecuteNonQueryAsync();
    }
}
