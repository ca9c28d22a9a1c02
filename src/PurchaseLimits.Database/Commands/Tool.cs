using System.CommandLine;

namespace PurchaseLimits.Database.Commands;

/// <summary>The program as its users see it.</summary>
internal static class Tool
{
    /// <returns>The exit code.</returns>
    public static Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter error)
    {
        var root = new RootCommand(
            $"""
            Brings a PurchaseLimits database to the schema of this version and looks after it.

            In CI:      plan, then dry-run on a copy, then up, then verify.
            At a start: wait, before a web; create-admin, once.

            {ExitCode.Help}
            """);
        foreach (var option in DatabaseCommand.Options)
            root.Add(option);
        foreach (var command in (IEnumerable<Command>)[.. SchemaCommands.All(), .. AdminCommands.All(), .. DeveloperCommands.All()])
            root.Add(command);
        return root.Parse(args).InvokeAsync(new InvocationConfiguration
        {
            Output = output,
            Error = error,
            // Stopping a private server takes longer than the two seconds that a command has by default to end itself; a script that
            // runs is undone by the server.
            ProcessTerminationTimeout = args.Contains("postgres") ? TimeSpan.FromMinutes(1) : TimeSpan.FromSeconds(2),
        });
    }
}
