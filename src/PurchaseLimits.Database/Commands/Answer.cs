namespace PurchaseLimits.Database.Commands;

/// <summary>What a command ends with, for scripts that call it.</summary>
internal static class ExitCode
{
    public const int Done = 0, Failed = 1, Behind = 2, Refused = 3, Drifted = 4, Locked = 5, NoAnswer = 6;

    public const string Help =
        """
        Exit codes:
          0  done, or all is as it should be
          1  failed, or wrong usage
          2  behind: scripts are to run (status, verify, wait, create-admin and the like)
          3  refused: a landed migration was edited or would run out of turn, or the database is newer
          4  drifted: the schema is not what the scripts make (verify, baseline)
          5  locked: gave up waiting for another migration
          6  no answer from the server
        """;
}

/// <summary>What a command says: lines for people, data for programs.</summary>
/// <param name="ExitCode">One of <see cref="Commands.ExitCode"/>.</param>
/// <param name="Lines">For people.</param>
/// <param name="Data">For <c>--json</c>: properties beside command, exitCode and message.</param>
internal sealed record Answer(int ExitCode, IReadOnlyList<string> Lines, IReadOnlyDictionary<string, object?>? Data = null)
{
    public Answer(int exitCode, string line) : this(exitCode, [line])
    {
    }
}
