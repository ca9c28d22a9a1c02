using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>
/// A private PostgreSQL server for <c>dotnet run</c> and <c>dotnet test</c> where none is configured. Its data survive;
/// it answers on the loopback address only, to a random password. Any number of processes, and instances within one,
/// share the server of a name, and the last one out stops it.
/// </summary>
public sealed partial class LocalPostgres : IAsyncDisposable
{
    // Only the starter stopping it would either pull the rug from under those who attached or leave a server behind
    // whenever somebody attached to what a killed app had left. The last one out does neither.
    private readonly LocalPostgresFolder folder;
    private readonly LocalPostgresServer server;
    private readonly bool throwaway;
    private FileStream? use;

    private LocalPostgres(LocalPostgresFolder folder, LocalPostgresServer server, bool throwaway, FileStream use)
    {
        this.throwaway = throwaway;
        this.folder = folder;
        this.server = server;
        this.use = use;
    }

    /// <summary>The superuser's password: random, made with the data, the same until they are deleted.</summary>
    public string Password { get; private init; } = "";

    /// <summary>Where the server programs are, and pg_dump where the installation has one (fetched ones have not).</summary>
    public string BinDirectory { get; private init; } = "";

    /// <summary>The TCP port on 127.0.0.1, another one at each start of the server.</summary>
    public int Port { get; private init; }

    /// <summary>Starts the server, or attaches to it where another process or instance has it running.</summary>
    /// <exception cref="LocalPostgresException">
    /// There are no server programs and none could be had, the server did not start, or <see cref="LocalPostgresOptions.Fresh"/>
    /// was asked for while somebody uses the data.
    /// </exception>
    public static Task<LocalPostgres> StartAsync(
        LocalPostgresOptions options, CancellationToken cancellationToken = default) =>
        StartAsync(options, null, cancellationToken);

    internal static async Task<LocalPostgres> StartAsync(
        LocalPostgresOptions options, IReadOnlyList<ProgramSource>? sources, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (!ValidName().IsMatch(options.Name))
            throw new ArgumentException($"A server's name is letters, digits and '-', at most 63: '{options.Name}'.", nameof(options));
        var settings = new LocalPostgresSettings(options.Settings, options.Throwaway);
        var folder = LocalPostgresFolder.Open(options.Name);
        var programs = sources is null && ChosenPrograms.Choice is { } choice
            ? await ChosenPrograms.FindAsync(choice, folder, options.Fresh || options.Throwaway, cancellationToken)
            : await LocalPostgresPrograms.FindAsync(folder, options, sources ?? LocalPostgresPrograms.Sources, cancellationToken);
        var server = new LocalPostgresServer(folder, programs, settings);

        using var starting = await folder.TakeStartLockAsync(cancellationToken)
            ?? throw new LocalPostgresException($"Another process has been starting or stopping the server in {folder.Path} for a minute.");
        if (options.Fresh)
        {
            using var alone = folder.TryUseAlone() ?? throw new LocalPostgresException(
                $"Cannot start over: another process uses the data in {folder.Path}. End it and try again.");
            await server.StopAsync();
            folder.DeleteData();
        }
        if (options.Throwaway)
        {
            using var alone = folder.TryUseAlone();
            if (alone is not null)
            {
                await server.StopAsync();
                folder.DeleteData();
            }
        }
        var use = folder.Use();
        try
        {
            await server.CreateDataAsync(options.Say, options.Throwaway, cancellationToken);
            var port = await server.RunningPortAsync(cancellationToken) ?? await server.StartAsync(cancellationToken);
            return new LocalPostgres(folder, server, options.Throwaway, use)
            {
                Password = folder.ReadPassword(),
                BinDirectory = programs.BinDirectory,
                Port = port,
            };
        }
        catch
        {
            await use.DisposeAsync();
            throw;
        }
    }

    /// <summary>A name that two clones of the repository do not share: <c>purpose-1a2b3c4d</c>, from the folder's full path.</summary>
    public static string NameFor(string purpose, string folder)
    {
        var path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        return $"{purpose}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(path)))[..8]}";
    }

    /// <summary>For Npgsql. Holds the superuser's password, so another <paramref name="user"/> must have been given the same.</summary>
    public string ConnectionString(string database = "postgres", string user = "postgres") =>
        new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = Port,
            Database = database,
            Username = user,
            Password = Password,
        }.ConnectionString;

    /// <summary>
    /// Ends this use, and stops the server (fast: open transactions are rolled back) when nobody else uses it. Never
    /// throws: what it could not stop, the next run attaches to.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref use, null) is not { } mine)
            return;
        try
        {
            using var starting = await folder.TakeStartLockAsync(CancellationToken.None);
            await mine.DisposeAsync();
            using var alone = starting is null ? null : folder.TryUseAlone();
            if (alone is not null)
            {
                await server.StopAsync();
                if (throwaway)
                    folder.DeleteData();
            }
        }
        catch (Exception exception) when (exception is LocalPostgresException or IOException or UnauthorizedAccessException)
        {
            // It does not end, or its folder has gone: there is nobody to tell that could do more than the next start.
            await mine.DisposeAsync();
        }
    }

    [GeneratedRegex("^[A-Za-z0-9-]{1,63}$")]
    private static partial Regex ValidName();
}
