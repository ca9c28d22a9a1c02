using System.CommandLine;
using Npgsql;
using PurchaseLimits.Database;

const int Succeeded = 0, Failed = 1, Behind = 2, Refused = 3;

var connection = new Option<string?>("--connection")
{
    Description = "The database and a login that may create roles and schemas. Default: the environment's ConnectionStrings__Migrator.",
    Recursive = true,
};
var local = new Option<bool>("--local")
{
    Description = "This clone's private server, the one that `dotnet run --project src/PurchaseLimits.Web` starts.",
    Recursive = true,
};
var root = new RootCommand(
    """
    Brings a PurchaseLimits database to the schema of this version and looks after it.
    Exit codes: 0 done or up to date, 1 failed or wrong usage, 2 behind (status), 3 refused: a landed migration was edited, or the database is newer.
    """) { connection, local };

var up = new Command("up",
    """
    Runs what is pending, each script in its own transaction. Any number may run at once.
    Roles get a login with the password in STORE_WEB_PASSWORD, STORE_ADMIN_PASSWORD, STORE_WORKER_PASSWORD, or in the file that the same name with _FILE names; without one they stay as they are.
    """);
up.SetAction(result => RunAsync(result, async (connectionString, localStore) =>
{
    await new Migrator(connectionString, Console.WriteLine).UpAsync(localStore?.RolePasswords ?? RolePasswords());
    return Succeeded;
}));
root.Add(up);

var status = new Command("status", "Says what is pending and changes nothing.");
status.SetAction(result => RunAsync(result, async (connectionString, _) =>
{
    var found = await new Migrator(connectionString).StatusAsync();
    Console.WriteLine(found.Sentence);
    return found.IsCurrent ? Succeeded : found.Edited.Count + found.Unknown.Count > 0 ? Refused : Behind;
}));
root.Add(status);

var email = new Option<string>("--email") { Required = true, Description = "The admin's e-mail: the name to sign in with." };
var password = new Option<string?>("--password") { Description = "10 to 200 characters. Without it you are asked, or it is read from standard input." };
var createAdmin = new Command("create-admin", "Makes an admin. There is none by default, and the web cannot make one.") { email, password };
createAdmin.SetAction(result => RunAsync(result, async (connectionString, _) =>
{
    await using var database = new NpgsqlConnection(connectionString);
    await database.OpenAsync();
    var userId = await AdminAccount.CreateAsync(database, result.GetRequiredValue(email), result.GetValue(password) ?? AskForPassword());
    Console.WriteLine($"Admin {userId} may sign in as {result.GetRequiredValue(email)}.");
    Console.WriteLine($"To let them take a customer's limit away: grant-right --email {result.GetRequiredValue(email)} --right no_limit");
    return Succeeded;
}));
root.Add(createAdmin);

var setAdminPassword = new Command("set-admin-password", "Gives an admin a new password: they belong to no customer, so no mail can.") { email, password };
setAdminPassword.SetAction(result => RunAsync(result, async (connectionString, _) =>
{
    await using var database = new NpgsqlConnection(connectionString);
    await database.OpenAsync();
    var userId = await AdminAccount.SetPasswordAsync(database, result.GetRequiredValue(email), result.GetValue(password) ?? AskForPassword());
    Console.WriteLine($"Admin {userId} has a new password. Whoever is signed in as {result.GetRequiredValue(email)} will be asked for it.");
    return Succeeded;
}));
root.Add(setAdminPassword);

var right = new Option<string>("--right") { Required = true, Description = $"What for: {string.Join(", ", AdminRight.Known)}. no_limit: take a customer's limit away." };
var grantRight = new Command("grant-right", "Gives an admin a right that admins do not have by themselves. The web cannot.") { email, right };
grantRight.SetAction(result => RunAsync(result, async (connectionString, _) =>
{
    await using var database = new NpgsqlConnection(connectionString);
    await database.OpenAsync();
    var granted = await AdminRight.GrantAsync(database, result.GetRequiredValue(email), result.GetRequiredValue(right));
    Console.WriteLine(granted ? $"{result.GetRequiredValue(email)} has the right {result.GetRequiredValue(right)} from now on." : "They had that right already.");
    return Succeeded;
}));
root.Add(grantRight);

var revokeRight = new Command("revoke-right", "Takes a right away. What was done with it stays.") { email, right };
revokeRight.SetAction(result => RunAsync(result, async (connectionString, _) =>
{
    await using var database = new NpgsqlConnection(connectionString);
    await database.OpenAsync();
    var revoked = await AdminRight.RevokeAsync(database, result.GetRequiredValue(email), result.GetRequiredValue(right));
    Console.WriteLine(revoked ? $"{result.GetRequiredValue(email)} has not the right {result.GetRequiredValue(right)} any more." : "They did not have that right.");
    return Succeeded;
}));
root.Add(revokeRight);

var pgDump = new Option<string>("--pg-dump") { Description = "The pg_dump program.", DefaultValueFactory = _ => "pg_dump" };
var output = new Option<FileInfo?>("--output") { Description = "Where to write; default: standard output." };
var schema = new Command("schema", "Writes the schema as PostgreSQL sees it: db/schema.sql.") { pgDump, output };
schema.SetAction(result => RunAsync(result, async (connectionString, _) =>
{
    var dump = await SchemaDump.ReadAsync(result.GetRequiredValue(pgDump), connectionString);
    if (result.GetValue(output) is { } file)
        await File.WriteAllTextAsync(file.FullName, dump);
    else
        Console.Write(dump);
    return Succeeded;
}));
root.Add(schema);

var name = new Option<string>("--name")
{
    Description = "Which private server; default: this clone's.",
    DefaultValueFactory = _ => LocalStore.ServerName,
};
var postgres = new Command("postgres",
    "Keeps a private server running until Ctrl+C, and prints a connection string for it: for psql, or for two programs that should share it.") { name };
postgres.SetAction((result, stop) => HoldAsync(result.GetRequiredValue(name), stop));
root.Add(postgres);

// Stopping a server takes longer than the two seconds that a command has by default to end itself.
return await root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromMinutes(1) });

static async Task<int> HoldAsync(string name, CancellationToken stop)
{
    try
    {
        await using var server = await LocalPostgres.StartAsync(new() { Name = name, Say = Console.Error.WriteLine }, stop);
        Console.WriteLine(server.ConnectionString());
        await Task.Delay(Timeout.Infinite, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        return Succeeded;
    }
    catch (LocalPostgresException exception)
    {
        Console.Error.WriteLine(exception.Message);
        return Failed;
    }
}

async Task<int> RunAsync(ParseResult result, Func<string, LocalStore?, Task<int>> action)
{
    try
    {
        if (result.GetValue(local))
        {
            await using var store = await LocalStore.OpenAsync(fresh: false, Console.Error.WriteLine);
            return await action(store.MigratorConnection, store);
        }

        var connectionString = result.GetValue(connection) ?? Environment.GetEnvironmentVariable("ConnectionStrings__Migrator");
        if (!string.IsNullOrWhiteSpace(connectionString))
            return await action(connectionString, null);
        Console.Error.WriteLine("Which database? Give --connection \"Host=…;Database=…;Username=…;Password=…\", set ConnectionStrings__Migrator, or say --local.");
        return Failed;
    }
    catch (Exception exception) when (exception is MigrationException or LocalPostgresException or NpgsqlException or ArgumentException)
    {
        Console.Error.WriteLine(exception.Message);
        return exception is MigrationRefusedException ? Refused : Failed;
    }
}

static Dictionary<string, string> RolePasswords()
{
    var passwords = new Dictionary<string, string>();
    foreach (var role in new[] { "store_web", "store_admin", "store_worker" })
    {
        var name = $"{role.ToUpperInvariant()}_PASSWORD";
        if (Environment.GetEnvironmentVariable($"{name}_FILE") is { Length: > 0 } file)
            passwords[role] = File.ReadAllText(file).TrimEnd('\r', '\n');
        else if (Environment.GetEnvironmentVariable(name) is { Length: > 0 } value)
            passwords[role] = value;
    }

    return passwords;
}

static string AskForPassword()
{
    if (Console.IsInputRedirected)
        return Console.In.ReadLine() ?? "";

    Console.Write("Password: ");
    var typed = new System.Text.StringBuilder();
    for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
    {
        // Arrows and the like type nothing.
        if (!char.IsControl(key.KeyChar))
            typed.Append(key.KeyChar);
        else if (key.Key == ConsoleKey.Backspace && typed.Length > 0)
            typed.Length--;
    }

    Console.WriteLine();
    return typed.ToString();
}
