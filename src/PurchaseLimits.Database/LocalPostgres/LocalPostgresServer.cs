using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>Makes the data, starts, finds running and stops the server of one folder. The caller holds its start lock.</summary>
internal sealed class LocalPostgresServer(
    LocalPostgresFolder folder, LocalPostgresPrograms programs, LocalPostgresSettings settings)
{
    private string PidFile => Path.Combine(folder.Data, "postmaster.pid");

    /// <summary>Makes the data where there are none. A kill in the middle leaves nothing that looks like data.</summary>
    /// <exception cref="LocalPostgresException">initdb failed, or data of another major version are there.</exception>
    public async Task CreateDataAsync(Action<string> say, bool inMemory, CancellationToken cancellationToken)
    {
        if (folder.MajorVersion is { } version)
        {
            if (version != programs.MajorVersion)
                throw new LocalPostgresException(
                    $"The data in {folder.Data} were made by PostgreSQL {version} and cannot be read by {programs.MajorVersion}.");
            return;
        }
        say($"Making a private PostgreSQL {programs.MajorVersion} server in {folder.Path} …");
        folder.DeleteData();
        await folder.MakePasswordAsync();
        await LocalPostgresAccount.GiveAsync(folder.Path);
        var output = "";
        foreach (var locale in new[] { "C.UTF-8", "C" }) // not every system has the first
        {
            var memory = inMemory ? LocalPostgresFolder.NewInMemory() : null;
            var unfinished = memory ?? $"{folder.Data}-{Guid.NewGuid():N}";
            (var exitCode, output) = await RunAsync("initdb",
            [
                "-D", unfinished, "--username=postgres", $"--pwfile={folder.PasswordFile}", "--auth=scram-sha-256",
                "--data-checksums", "--encoding=UTF8", $"--locale={locale}", "--no-instructions",
            ], cancellationToken);
            if (exitCode != 0)
                continue;
            await LocalPostgresSettings.IncludeAsync(unfinished, cancellationToken);
            if (memory is null)
                Directory.Move(unfinished, folder.Data);
            else
                folder.KeepInMemory(memory);
            return;
        }
        throw new LocalPostgresException($"initdb of {programs.BinDirectory} could not make {folder.Data}:\n{output}");
    }

    /// <summary>The port of our running server, or null when it does not run. Waits while it recovers from a crash.</summary>
    public async Task<int?> RunningPortAsync(CancellationToken cancellationToken)
    {
        var until = DateTime.UtcNow.AddSeconds(60);
        while (PostmasterPidFile.Read(PidFile) is { } left)
        {
            if (left.Port is { } port && await AnswersAsync(port, cancellationToken))
                return port;
            if (!left.IsItsProcessAlive())
            {
                // PostgreSQL would refuse to start because of it where another process has the number by now. Should
                // the server live after all, the shared memory that it holds keeps a second one from starting.
                File.Delete(PidFile);
                return null;
            }
            if (DateTime.UtcNow > until)
                throw new LocalPostgresException($"The server in {folder.Path} runs but does not answer:\n{folder.LogTail()}");
            await Task.Delay(100, cancellationToken);
        }
        return null;
    }

    /// <summary>Starts the server and returns its port.</summary>
    /// <exception cref="LocalPostgresException">It did not start; the message ends with its log's last lines.</exception>
    public async Task<int> StartAsync(CancellationToken cancellationToken)
    {
        // A start may fail for a passing reason: another program took the port after we looked, or the processes of a
        // killed server have not all gone yet and hold its shared memory.
        for (var attempt = 1; ; attempt++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var port = FreePort();
            await settings.WriteAsync(folder.Data, port, cancellationToken);
            File.Delete(folder.Log);
            await LocalPostgresAccount.GiveAsync(folder.Path);
            await LocalPostgresAccount.GiveAsync($"{folder.Data}/"); // with all that is in it where it is a link
            // Not cancelled: killing pg_ctl with its children would kill the server with it.
            var (exitCode, output) = await RunAsync(
                "pg_ctl", ["start", "-D", folder.Data, "-l", folder.Log, "-w", "-t", "60"], CancellationToken.None);
            if (exitCode == 0)
                return port;
            if (attempt == 3)
                throw new LocalPostgresException($"PostgreSQL in {folder.Path} did not start. {output}\n{folder.LogTail()}");
            await Task.Delay(1000, cancellationToken);
        }
    }

    /// <summary>Stops the server if it runs, rolling open transactions back.</summary>
    public async Task StopAsync()
    {
        if (await RunningPortAsync(CancellationToken.None) is null)
            return;
        var (exitCode, output) = await RunAsync(
            "pg_ctl", ["stop", "-D", folder.Data, "-m", "fast", "-w", "-t", "60"], CancellationToken.None);
        if (exitCode != 0)
            throw new LocalPostgresException($"PostgreSQL in {folder.Path} did not stop. {output}\n{folder.LogTail()}");
    }

    private Task<(int ExitCode, string Output)> RunAsync(
        string program, string[] arguments, CancellationToken cancellationToken) =>
        LocalPostgresAccount.RunServerProgramAsync(programs.Program(program), arguments, folder.Path, cancellationToken);

    // Only our server knows our password, and SCRAM makes both sides prove that they do.
    private async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        var connectionString = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Database = "postgres",
            Username = "postgres",
            Password = folder.ReadPassword(),
            Timeout = 2, // seconds; who asks asks again
            Pooling = false,
        }.ConnectionString;
        await using var connection = new NpgsqlConnection(connectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException or IOException)
        {
            return false; // nobody there, still recovering, or somebody else
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
