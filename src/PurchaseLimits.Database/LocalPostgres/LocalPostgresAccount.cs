using System.Diagnostics;
using System.Text;

namespace PurchaseLimits.Database;

/// <summary>Runs programs, as an unprivileged account where we are root: PostgreSQL refuses to run as root.</summary>
internal static class LocalPostgresAccount
{
    /// <summary>Whether server programs must run as somebody else.</summary>
    public static bool IsRoot { get; } = !OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess;

    /// <summary>
    /// The account that server programs run as, or null for our own. <c>postgres</c> comes with the distribution's
    /// package (so it may appear while we run); <c>nobody</c> is everywhere and may do least.
    /// </summary>
    public static string? Name => !IsRoot ? null : Exists("postgres") ? "postgres" : "nobody";

    /// <summary>Hands a folder with all that is in it over to the server's account.</summary>
    public static async Task GiveAsync(string path)
    {
        if (Name is not { } account)
            return;
        var (exitCode, output) = await RunAsync("chown", ["-R", account, path]);
        if (exitCode != 0)
            throw new LocalPostgresException($"Cannot give {path} to the account {account}: {output}");
    }

    /// <summary>Runs a server program as the server's account, in <paramref name="folder"/>.</summary>
    public static Task<(int ExitCode, string Output)> RunServerProgramAsync(
        string program, string[] arguments, string folder, CancellationToken cancellationToken = default) =>
        RunAsync(program, arguments, Name, folder, cancellationToken: cancellationToken);

    /// <summary>The exit code (-1 when there is no such program) and what was said on both streams.</summary>
    /// <remarks>
    /// Waits for the process, not for the end of its streams: <c>pg_ctl</c>'s child, the server, inherits them. A
    /// cancelled program is killed with its children.
    /// </remarks>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program,
        string[] arguments,
        string? account = null,
        string? folder = null,
        (string Name, string Value)[]? environment = null,
        CancellationToken cancellationToken = default)
    {
        // No window: on Windows a server that shares our console would also get our Ctrl-C. On Unix pg_ctl puts the
        // server into a session of its own, out of reach of the terminal's signals.
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            CreateNoWindow = true,
            WorkingDirectory = folder ?? Path.GetTempPath(),
        };
        if (account is not null)
            start.UserName = account; // on Unix .NET switches user and all groups between fork and exec
        foreach (var (name, value) in environment ?? [])
            start.Environment[name] = value;
        start.Environment["LC_ALL"] = "C"; // messages that end in an exception are then in one language
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return (-1, exception.Message);
        }
        process.StandardInput.Close();
        var said = new StringBuilder();
        var reading = Task.WhenAll(ReadAsync(process.StandardOutput, said), ReadAsync(process.StandardError, said));
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }
        await Task.WhenAny(reading, Task.Delay(500, CancellationToken.None)); // what is still in the pipe
        lock (said)
            return (process.ExitCode, said.ToString().Trim());
    }

    private static async Task ReadAsync(StreamReader reader, StringBuilder said)
    {
        var buffer = new char[1024];
        try
        {
            while (await reader.ReadAsync(buffer) is > 0 and var count)
                lock (said)
                    said.Append(buffer, 0, count);
        }
        catch (Exception exception) when (exception is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // The process was disposed of while a grandchild still held the pipe.
        }
    }

    private static bool Exists(string account)
    {
        using var id = Process.Start(new ProcessStartInfo("id", ["-u", account])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        id.WaitForExit();
        return id.ExitCode == 0;
    }
}
