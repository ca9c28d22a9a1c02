using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace PurchaseLimits.Database;

/// <summary>The settings that a private server is started with.</summary>
internal sealed partial class LocalPostgresSettings
{
    private const string FileName = "purchase-limits.conf";

    // Acknowledged means on disk (the data of `dotnet run` are somebody's), and only this machine may knock.
    private static readonly Dictionary<string, string> Promised = new()
    {
        ["synchronous_commit"] = "on",
        ["fsync"] = "on",
        ["full_page_writes"] = "on",
        ["listen_addresses"] = "127.0.0.1",
        ["unix_socket_directories"] = "",
    };

    private readonly Dictionary<string, string> settings = new()
    {
        ["max_connections"] = "200",
        ["shared_buffers"] = "64MB", // several of these share a laptop
        ["max_wal_size"] = "256MB",
        ["max_pred_locks_per_transaction"] = "256", // one transaction left open must not stop everybody (db/README.md)
        ["max_pred_locks_per_page"] = "32", // customers who are neighbours on a page must not roll each other back
        ["timezone"] = "UTC", // as in the container image, whatever machine this is
    };

    // Only where the data are thrown away. synchronous_commit stays on: the store refuses to start without it.
    private static readonly Dictionary<string, string> NothingOnDisk = new()
    {
        ["fsync"] = "off",
        ["full_page_writes"] = "off",
    };

    private readonly bool throwaway;

    /// <param name="extra">Settings by name.</param>
    /// <param name="throwaway">See <see cref="LocalPostgresOptions.Throwaway"/>.</param>
    /// <exception cref="ArgumentException">One of them is no setting's name, or is not up to the caller.</exception>
    public LocalPostgresSettings(IReadOnlyDictionary<string, string> extra, bool throwaway = false)
    {
        this.throwaway = throwaway;
        foreach (var (name, value) in extra)
        {
            if (!SettingName().IsMatch(name) || name == "port" || Promised.ContainsKey(name))
                throw new ArgumentException($"'{name}' cannot be set on a private server.", nameof(extra));
            settings[name] = value;
        }
    }

    /// <summary>Makes new data read the settings from then on.</summary>
    public static Task IncludeAsync(string data, CancellationToken cancellationToken) =>
        File.AppendAllTextAsync(
            Path.Combine(data, "postgresql.conf"), $"\ninclude_if_exists = '{FileName}'\n", cancellationToken);

    /// <summary>Writes the file that the next start reads.</summary>
    /// <remarks>A file, not <c>-o</c>: pg_ctl hands that to a shell, which each system quotes in its own way.</remarks>
    public Task WriteAsync(string data, int port, CancellationToken cancellationToken)
    {
        var text = new StringBuilder("# Written anew at each start.\n");
        text.Append(CultureInfo.InvariantCulture, $"port = {port}\n");
        foreach (var (name, value) in settings.Concat(Promised).Concat(throwaway ? NothingOnDisk : []))
            text.Append(CultureInfo.InvariantCulture, $"{name} = '{value.Replace(@"\", @"\\").Replace("'", "''")}'\n");
        return File.WriteAllTextAsync(Path.Combine(data, FileName), text.ToString(), cancellationToken);
    }

    [GeneratedRegex("^[a-z_][a-z0-9_.]*$")]
    private static partial Regex SettingName();
}
