using Npgsql;

namespace PurchaseLimits.Web.Operating;

/// <summary>The <c>ConnectionStrings</c> section of the settings, with passwords from files where it names some.</summary>
public static class StoreConnections
{
    public const string Section = "ConnectionStrings";

    /// <summary>What follows a connection string's name in the name of its password's file.</summary>
    public const string PasswordFile = "PasswordFile";

    /// <summary>All that this program reads.</summary>
    public static IReadOnlyList<string> Names { get; } = ["Store", "Admin", "Worker", "Reports"];

    /// <summary>Null where it is not set. Before the settings are checked: what cannot be read is left as it is, and said a moment later.</summary>
    public static string? ReadOrNull(IConfiguration configuration, string name)
    {
        var text = configuration.GetConnectionString(name);
        if (string.IsNullOrWhiteSpace(text))
            return null;
        try
        {
            return configuration[$"{Section}:{name}{PasswordFile}"] is { Length: > 0 } file
                ? new NpgsqlConnectionStringBuilder(text) { Password = File.ReadLines(file).FirstOrDefault("") }.ConnectionString
                : text;
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or IOException or UnauthorizedAccessException)
        {
            return text;
        }
    }

    /// <summary>What is wrong with the file of a password; null when nothing is, or none is named.</summary>
    public static string? FileMistakeOrNull(IConfiguration configuration, string name)
    {
        if (configuration[$"{Section}:{name}{PasswordFile}"] is not { Length: > 0 } file)
            return null;
        try
        {
            return string.IsNullOrWhiteSpace(File.ReadLines(file).FirstOrDefault())
                ? $"{Section}:{name}{PasswordFile} names a file whose first line is no password."
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"{Section}:{name}{PasswordFile} names no file that can be read.";
        }
    }
}
