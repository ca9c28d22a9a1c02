using Npgsql;
using PurchaseLimits.Database;

namespace PurchaseLimits.Web.Operating;

/// <summary>The <c>ConnectionStrings</c> section of the settings, with passwords from files where it names some.</summary>
public static class StoreConnections
{
    public const string Section = "ConnectionStrings";

    /// <summary>What follows a connection string's name in the name of its password's file.</summary>
    public const string FileSuffix = "PasswordFile";

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
            return configuration[$"{Section}:{name}{FileSuffix}"] is { Length: > 0 } file
                ? new NpgsqlConnectionStringBuilder(text) { Password = PasswordFile.Read(file) }.ConnectionString
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
        var setting = $"{Section}:{name}{FileSuffix}";
        return configuration[setting] is { Length: > 0 } file ? PasswordFile.MistakeOrNull(setting, file) : null;
    }
}
