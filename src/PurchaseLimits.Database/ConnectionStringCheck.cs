using System.Data.Common;
using System.Text;
using Npgsql;

namespace PurchaseLimits.Database;

/// <summary>
/// What is wrong with a connection string, in words that are safe in a log. Npgsql's own messages are not: where quotes are
/// missing, what they name is a piece of the password.
/// </summary>
public static class ConnectionStringCheck
{
    /// <summary>How one is written.</summary>
    public const string Shape = "it must look like Host=…;Database=…;Username=…;Password=…, with double quotes around a value that holds ; or =";

    /// <returns>What follows its name in a sentence; null where Npgsql can read it.</returns>
    public static string? MistakeOrNull(string text)
    {
        DbConnectionStringBuilder parts;
        try
        {
            parts = new DbConnectionStringBuilder { ConnectionString = text };
        }
        catch (ArgumentException)
        {
            return $"cannot be read: {Shape}";
        }

        var settings = new NpgsqlConnectionStringBuilder();
        foreach (string key in parts.Keys)
        {
            if (!settings.ContainsKey(key))
                return $"holds a word that PostgreSQL connections do not know: {Shape}";
            try
            {
                settings[key] = parts[key];
                // Looked up at the first connection otherwise, with a trace of calls. The default is a name of Npgsql's own.
                if (settings.Encoding != "UTF8")
                    Encoding.GetEncoding(settings.Encoding);
            }
            catch (Exception exception) when (exception is ArgumentException or FormatException or OverflowException or InvalidCastException)
            {
                return $"holds a \"{key}\" that makes no sense";
            }
        }

        return settings.MinPoolSize > settings.MaxPoolSize ? "holds a \"minimum pool size\" above its \"maximum pool size\"" : null;
    }
}
