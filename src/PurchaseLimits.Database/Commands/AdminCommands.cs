using System.CommandLine;

namespace PurchaseLimits.Database.Commands;

/// <summary>The commands that make admins, help who is locked out, and say what admins may do. The web can do none of it.</summary>
internal static class AdminCommands
{
    private static readonly Option<string> s_email = new("--email") { Required = true, Description = "The admin's e-mail: the name to sign in with." };

    private static readonly Option<string> s_anyEmail = new("--email") { Required = true, Description = "The account's e-mail." };

    private static readonly Option<string?> s_password = new("--password") { Description = "10 to 200 characters. Without it you are asked, or it is read from standard input." };

    private static readonly Option<string> s_right = new("--right")
    {
        Required = true,
        Description = $"What for: {string.Join(", ", AdminRight.Known)}. no_limit: take a customer's limit away.",
    };

    public static IEnumerable<Command> All() => [Create(), SetPassword(), RemoveSecondFactor(), Grant(), Revoke()];

    private static Command Create() => DatabaseCommand.Of("create-admin",
        "Makes an admin. There is none by default, and the web cannot make one.",
        [s_email, s_password],
        async (result, target, _) =>
        {
            var email = result.GetRequiredValue(s_email);
            await using var database = await target.OpenAsync();
            var userId = await AdminAccount.CreateAsync(database, email, result.GetValue(s_password) ?? AskForPassword());
            return new(ExitCode.Done,
                [$"To let them take a customer's limit away: grant-right --email {email} --right no_limit", $"Admin {userId} may sign in as {email}."],
                new Dictionary<string, object?> { ["admin"] = userId });
        });

    private static Command SetPassword() => DatabaseCommand.Of("set-admin-password",
        "Gives an admin a new password: they belong to no customer, so no mail can.",
        [s_email, s_password],
        async (result, target, _) =>
        {
            var email = result.GetRequiredValue(s_email);
            await using var database = await target.OpenAsync();
            var userId = await AdminAccount.SetPasswordAsync(database, email, result.GetValue(s_password) ?? AskForPassword());
            return new(ExitCode.Done, $"Admin {userId} has a new password. Whoever is signed in as {email} will be asked for it.");
        });

    private static Command RemoveSecondFactor() => DatabaseCommand.Of("remove-second-factor",
        "For an admin or a customer who lost their authenticator app and their recovery codes: the password is enough again. Make sure first who is asking.",
        [s_anyEmail],
        async (result, target, _) =>
        {
            var email = result.GetRequiredValue(s_anyEmail);
            await using var database = await target.OpenAsync();
            return new(ExitCode.Done, await SecondFactor.RemoveAsync(database, email)
                ? $"{email} signs in with the password alone from now on. Whoever is signed in with it will be asked for it."
                : "Two-factor sign-in was off already.");
        });

    private static Command Grant() => DatabaseCommand.Of("grant-right",
        "Gives an admin a right that admins do not have by themselves. The web cannot.",
        [s_email, s_right],
        async (result, target, _) =>
        {
            var (email, right) = (result.GetRequiredValue(s_email), result.GetRequiredValue(s_right));
            await using var database = await target.OpenAsync();
            return new(ExitCode.Done, await AdminRight.GrantAsync(database, email, right) ? $"{email} has the right {right} from now on." : "They had that right already.");
        });

    private static Command Revoke() => DatabaseCommand.Of("revoke-right",
        "Takes a right away. What was done with it stays.",
        [s_email, s_right],
        async (result, target, _) =>
        {
            var (email, right) = (result.GetRequiredValue(s_email), result.GetRequiredValue(s_right));
            await using var database = await target.OpenAsync();
            return new(ExitCode.Done, await AdminRight.RevokeAsync(database, email, right) ? $"{email} has not the right {right} any more." : "They did not have that right.");
        });

    private static string AskForPassword()
    {
        if (Console.IsInputRedirected)
            return Console.In.ReadLine() ?? "";

        Console.Error.Write("Password: ");
        var typed = new System.Text.StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            // Arrows and the like type nothing.
            if (!char.IsControl(key.KeyChar))
                typed.Append(key.KeyChar);
            else if (key.Key == ConsoleKey.Backspace && typed.Length > 0)
                typed.Length--;
        }

        Console.Error.WriteLine();
        return typed.ToString();
    }
}
