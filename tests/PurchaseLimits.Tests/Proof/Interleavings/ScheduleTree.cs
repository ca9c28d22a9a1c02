namespace PurchaseLimits.Tests.Proof.Interleavings;

/// <summary>
/// The schedules of one scenario, each once. A schedule is who goes on at each step, as letters: "AABBA…". At every step any session
/// may go on that is not over and does not wait for another; whoever was not chosen is where another schedule begins to differ.
/// What is not known until it is tried is thus found by trying, and a step that had to wait is in no schedule twice.
/// </summary>
internal sealed class ScheduleTree(Random random)
{
    private readonly List<string> _beginnings = [""];

    /// <summary>How many beginnings are known that nobody has tried; 0: all schedules were tried.</summary>
    public int Untried => _beginnings.Count;

    /// <summary>The beginning of a schedule that was not tried; null: there is none.</summary>
    public string? TakeOrNull()
    {
        if (_beginnings.Count == 0)
            return null;
        var index = random.Next(_beginnings.Count);
        var beginning = _beginnings[index];
        _beginnings[index] = _beginnings[^1];
        _beginnings.RemoveAt(_beginnings.Count - 1);
        return beginning;
    }

    /// <summary>Notes a schedule that was tried from a beginning.</summary>
    public void Add(string beginning, IReadOnlyList<Choice> choices)
    {
        var letters = string.Concat(choices.Select(choice => choice.Chosen));
        // Where a session was over early, for it was rolled back on account of another customer's, this says nothing about the rest.
        if (!letters.StartsWith(beginning, StringComparison.Ordinal))
            return;
        for (var step = beginning.Length; step < choices.Count; step++)
        {
            foreach (var other in choices[step].Possible.Where(other => other != choices[step].Chosen))
                _beginnings.Add(letters[..step] + other);
        }
    }
}

/// <summary>Who might have gone on at a step, and who did.</summary>
internal sealed record Choice(char Chosen, string Possible);
