using System.Diagnostics;

namespace PurchaseLimits.Database;

/// <summary>What a running server writes beside its data, and what a killed one leaves there.</summary>
internal sealed record PostmasterPidFile(int? ProcessId, DateTime? StartedAt, int? Port)
{
    /// <summary>Null when there is none. One that a switched-off machine left may be empty or cut short.</summary>
    public static PostmasterPidFile? Read(string path)
    {
        string[] lines; // process id, data folder, start in Unix seconds, port, …
        try
        {
            lines = File.ReadAllLines(path);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (DirectoryNotFoundException)
        {
            return null;
        }
        return new PostmasterPidFile(
            lines.Length > 0 && int.TryParse(lines[0], out var id) ? id : null,
            lines.Length > 2 && long.TryParse(lines[2], out var seconds) ? DateTime.UnixEpoch.AddSeconds(seconds) : null,
            lines.Length > 3 && int.TryParse(lines[3], out var port) ? port : null);
    }

    /// <summary>
    /// Whether the process is there and is the one that wrote the file: its number may be any process's by now, even
    /// another PostgreSQL's, but not with the same start.
    /// </summary>
    public bool IsItsProcessAlive()
    {
        if (ProcessId is not { } id || StartedAt is not { } startedAt)
            return false;
        try
        {
            using var process = Process.GetProcessById(id);
            // Killed but not reaped, as happens in containers without an init: to kill(pid, 0) it looks alive.
            var stat = $"/proc/{id}/stat";
            if (File.Exists(stat) && File.ReadAllText(stat).Contains(") Z ", StringComparison.Ordinal))
                return false;
            var apart = process.StartTime.ToUniversalTime() - startedAt;
            return process.ProcessName.StartsWith("postgres", StringComparison.Ordinal)
                && apart.Duration() < TimeSpan.FromSeconds(5); // whole seconds there, clock ticks since boot here
        }
        catch (Exception exception) when (exception is ArgumentException or InvalidOperationException or IOException)
        {
            return false; // it is gone
        }
    }
}
