namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>Processor time of all processes of a server on this machine: those of connections, the WAL writer, autovacuum and all.</summary>
public sealed class ServerProcesses
{
    // What Linux calls USER_HZ; it is the same on all that .NET runs on.
    private const double TicksPerSecond = 100;

    private readonly int _parent;

    private ServerProcesses(int parent) => _parent = parent;

    /// <param name="backend">The process of one of its connections.</param>
    /// <returns>Null where that is another machine's, or another system than Linux.</returns>
    public static ServerProcesses? OfOrNull(int backend) =>
        ReadOrNull(backend) is { Name: ['p', 'o', 's', 't', 'g', 'r', 'e', 's', ..] } process ? new ServerProcesses(process.Parent) : null;

    /// <summary>So far. Who ended is counted with who began it.</summary>
    public TimeSpan Processor()
    {
        var ticks = 0L;
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(folder), out var id) && ReadOrNull(id) is { } process)
                ticks += id == _parent ? process.Own + process.Ended : process.Parent == _parent ? process.Own : 0;
        }

        return TimeSpan.FromSeconds(ticks / TicksPerSecond);
    }

    private sealed record ProcessState(string Name, int Parent, long Own, long Ended);

    private static ProcessState? ReadOrNull(int id)
    {
        try
        {
            // "id (name) state parent …"; utime, stime, cutime, cstime are fields 14 to 17.
            var line = File.ReadAllText($"/proc/{id}/stat");
            var name = line[(line.IndexOf('(', StringComparison.Ordinal) + 1)..line.LastIndexOf(')')];
            var fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            return new ProcessState(
                name, int.Parse(fields[1]), long.Parse(fields[11]) + long.Parse(fields[12]), long.Parse(fields[13]) + long.Parse(fields[14]));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null; // it ended, or there is no such thing here
        }
    }
}
