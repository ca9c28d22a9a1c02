using System.CommandLine;

namespace PurchaseLimits.Database.Commands;

/// <summary>The commands for who works on the store itself.</summary>
internal static class DeveloperCommands
{
    public static IEnumerable<Command> All() => [Schema(), Postgres()];

    private static Command Schema()
    {
        var pgDump = new Option<string>("--pg-dump") { Description = "The pg_dump program, of the server's version.", DefaultValueFactory = _ => "pg_dump" };
        var output = new Option<FileInfo?>("--output") { Description = "Where to write; default: standard output." };
        return DatabaseCommand.Of("schema",
            "Writes the schema as PostgreSQL sees it: db/schema.sql.",
            [pgDump, output],
            async (result, target, stop) =>
            {
                var dump = await SchemaDump.ReadAsync(result.GetRequiredValue(pgDump), target.ConnectionString);
                if (result.GetValue(output) is not { } file)
                    return new(ExitCode.Done, dump.TrimEnd('\n'));
                await File.WriteAllTextAsync(file.FullName, dump, stop);
                return new(ExitCode.Done, $"Wrote {file.FullName}.");
            });
    }

    private static Command Postgres()
    {
        var name = new Option<string>("--name")
        {
            Description = "Which private server; default: this clone's.",
            DefaultValueFactory = _ => LocalStore.ServerName,
        };
        var throwaway = new Option<bool>("--throwaway") { Description = "Begins empty, keeps nothing, and is fast for it: for trying migrations out." };
        var postgres = new Command("postgres",
            "Keeps a private server running until Ctrl+C, and prints a connection string for it: for psql, or for two programs that should share it.") { name, throwaway };
        postgres.SetAction((result, stop) => HoldAsync(new() { Name = result.GetRequiredValue(name), Throwaway = result.GetValue(throwaway), Say = Console.Error.WriteLine }, stop));
        return postgres;
    }

    private static async Task<int> HoldAsync(LocalPostgresOptions options, CancellationToken stop)
    {
        try
        {
            await using var server = await LocalPostgres.StartAsync(options, stop);
            Console.WriteLine(server.ConnectionString());
            await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
            return ExitCode.Done;
        }
        catch (LocalPostgresException exception)
        {
            Console.Error.WriteLine(exception.Message);
            return ExitCode.Failed;
        }
    }
}
