using System.CommandLine;
using PurchaseLimits.Database.Commands;

var root = new RootCommand(
    $"""
    Brings a PurchaseLimits database to the schema of this version and looks after it.

    In CI:      plan, then dry-run on a copy, then up, then verify.
    At a start: wait, before a web; then create-admin, once.

    {ExitCode.Help}
    """);
foreach (var option in DatabaseCommand.Options)
    root.Add(option);
foreach (var command in (IEnumerable<Command>)[.. SchemaCommands.All(), .. AdminCommands.All(), .. DeveloperCommands.All()])
    root.Add(command);

// Stopping a private server takes longer than the two seconds that a command has by default to end itself.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });
