using System.CommandLine;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>The subcommand.</summary>
internal static class CompareCommand
{
    /// <param name="runAsync">Runs what it is given, and turns what went wrong into an exit code.</param>
    public static Command Create(Func<Func<Task>, Task<int>> runAsync)
    {
        var standard = new CompareOptions();
        var contenders = List("--contenders", standard.Contenders, "Who is measured.");
        var workloads = List("--workloads", standard.Workloads, "Who buys.");
        var events = List("--events", ["10k"],
            "How many purchases are there before: 10k, 1m, 10m; several side by side. 10m takes 20 minutes and 10 GB once, and 10 GB while it is measured.");
        var rounds = new Option<int>("--rounds") { DefaultValueFactory = _ => standard.Rounds, Description = "Rounds that count; one more comes before them." };
        var seconds = new Option<double>("--seconds")
        {
            DefaultValueFactory = _ => standard.Length.TotalSeconds,
            Description = "How long each contender's turn in a round is.",
        };
        var customers = new Option<int>("--customers") { DefaultValueFactory = _ => standard.Customers, Description = "How many customers there are." };
        var output = new Option<string?>("--output") { Description = "A folder for benchmarks.md and its charts." };
        var connection = new Option<string?>("--connection")
        {
            Description = "A superuser's, of a server for measuring: databases are made and dropped there, the store's roles get its password. Default: a private one.",
        };
        var command = new Command("compare", "Measures this store beside other ways to keep a limit, and beside the least that can be done, and prints Markdown.")
        {
            contenders, workloads, events, rounds, seconds, customers, output, connection,
        };
        command.SetAction(result => runAsync(async () =>
        {
            var options = new CompareOptions
            {
                Contenders = result.GetRequiredValue(contenders),
                Workloads = result.GetRequiredValue(workloads),
                Events = [.. result.GetRequiredValue(events).Select(CompareOptions.ReadCount)],
                Rounds = result.GetRequiredValue(rounds),
                Length = TimeSpan.FromSeconds(result.GetRequiredValue(seconds)),
                Customers = result.GetRequiredValue(customers),
                Output = result.GetValue(output),
                Connection = result.GetValue(connection),
            };
            var report = new CompareReport(await new Comparison(options, Console.Error.WriteLine).RunAsync());
            Console.WriteLine(report.Markdown());
            if (options.Output is not null)
                report.Write(options.Output);
        }));
        return command;
    }

    private static Option<string[]> List(string name, IReadOnlyList<string> standard, string description) => new(name)
    {
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [.. standard],
        Description = description,
        CustomParser = result => [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries))],
    };
}
