using System.Net.Sockets;
using System.Security.Cryptography;
using Dapper;
using Npgsql;
using PurchaseLimits.Database;
using PurchaseLimits.Web.Operating;

namespace PurchaseLimits.Web;

/// <summary>What would make the store's promise untrue, found before the first request.</summary>
public static class StartupCheck
{
    /// <summary>Refuses to start, with a sentence for the operator.</summary>
    /// <exception cref="StartupException">The database cannot be reached, commits are not durable, the isolation is not the role's, errors would hold people's data, a login has the wrong role, or the schema is not the one this program was built with.</exception>
    /// <exception cref="NpgsqlException">The database went away meanwhile.</exception>
    public static async Task RunAsync(StoreDataSources dataSources)
    {
        await CheckSessionAsync(dataSources.Money, "ConnectionStrings:Store", "store_web");
        await CheckSessionAsync(dataSources.AdminMoney, "ConnectionStrings:Admin", "store_admin");
        await CheckSessionAsync(dataSources.WorkerMoney, "ConnectionStrings:Worker", "store_worker");
        if (dataSources.Reports != dataSources.AdminPages)
            await CheckReportsAsync(dataSources.Reports);

        await using var connection = await OpenAsync(dataSources.Pages, "ConnectionStrings:Store");
        var schema = await SchemaStatus.ReadAsync(connection);
        if (!schema.FitsWeb)
        {
            var remedy = schema.State is SchemaState.Fresh or SchemaState.Behind ? " Run `PurchaseLimits.Database -- up`." : "";
            throw new StartupException($"The database's schema is not one that this version works on. {schema.Sentence}{remedy}");
        }
    }

    /// <summary>Before the host is built, which ends at some wrong settings with a trace of calls.</summary>
    /// <exception cref="StartupException">See <see cref="CheckSettings"/>.</exception>
    public static async Task CheckSettingsAsync(IServiceCollection services)
    {
        // Of what it makes only the settings and their checks are used, and nothing is left of it.
        await using var provider = services.BuildServiceProvider();
        CheckSettings(provider);
    }

    /// <summary>Reads the settings, so that one that makes no sense is a sentence for the operator and not a trace of calls.</summary>
    /// <exception cref="StartupException">A sentence for each; it names the setting.</exception>
    public static void CheckSettings(IServiceProvider services)
    {
        var mistakes = SettingsCheck.Mistakes(services);
        if (mistakes.Count > 0)
            throw new StartupException(mistakes.Count == 1 ? mistakes[0] : $"{mistakes.Count} settings are wrong:\n  - {string.Join("\n  - ", mistakes)}");
    }

    // Nobody waits with buying until a replica is back.
    private static async Task CheckReportsAsync(NpgsqlDataSource source)
    {
        try
        {
            await using var connection = await source.OpenConnectionAsync();
            var (user, isSuperuser, loggedLength) = await connection.QuerySingleAsync<(string, string, string)>(
                "SELECT current_user, current_setting('is_superuser'), current_setting('log_parameter_max_length_on_error')");
            if (isSuperuser == "on" || user != "store_admin")
                throw new StartupException($"ConnectionStrings:Reports must log in as store_admin, which may do what it needs and nothing else; it logs in as {user}.");
            CheckPrivacy("ConnectionStrings:Reports", loggedLength);
        }
        catch (Exception exception) when (exception is SocketException or NpgsqlException { IsTransient: true })
        {
        }
        catch (Exception exception) when (IsOfConnecting(exception))
        {
            throw Unreachable("ConnectionStrings:Reports", exception);
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(NpgsqlDataSource source, string setting)
    {
        try
        {
            return await source.OpenConnectionAsync();
        }
        catch (Exception exception) when (IsOfConnecting(exception))
        {
            throw Unreachable(setting, exception);
        }
    }

    // As it is: SocketException where the host's name is unknown, the last three where a certificate or its key cannot be read.
    private static bool IsOfConnecting(Exception exception) =>
        exception is NpgsqlException or SocketException or IOException or UnauthorizedAccessException or CryptographicException;

    // The driver says what happened, and not always where.
    private static StartupException Unreachable(string setting, Exception exception) =>
        new($"{setting}: {(exception is PostgresException ? "the database refuses" : "the database cannot be reached")}. {exception.Message}");

    private static async Task CheckSessionAsync(NpgsqlDataSource source, string setting, string role)
    {
        await using var connection = await OpenAsync(source, setting);
        var (user, durable, isolation, isSuperuser, loggedLength) = await connection.QuerySingleAsync<(string, string, string, string, string)>(
            """
            SELECT current_user, current_setting('synchronous_commit'), current_setting('default_transaction_isolation'),
                   current_setting('is_superuser'), current_setting('log_parameter_max_length_on_error')
            """);
        if (isSuperuser == "on" || user != role)
            throw new StartupException($"{setting} must log in as {role}, which may do what it needs and nothing else; it logs in as {user}.");
        // With it off, a crash loses purchases that were acknowledged (facts 17).
        if (durable == "off")
            throw new StartupException($"synchronous_commit is off for {setting}: a crash would lose acknowledged purchases. Turn it on.");
        if (isolation != "serializable")
            throw new StartupException($"default_transaction_isolation of {setting} is {isolation}, not serializable: something overrides what db/roles sets.");
        CheckPrivacy(setting, loggedLength);
    }

    // The server then adds the parameters of a statement that failed to its error, as where it happened, and errors are logged.
    private static void CheckPrivacy(string setting, string loggedLength)
    {
        if (loggedLength != "0")
            throw new StartupException($"log_parameter_max_length_on_error of {setting} is {loggedLength}, not 0: e-mails and password hashes of people would be in the logs, "
                                       + "with each error of the database. Set it to 0, its default, on the server, the database or the role.");
    }
}

/// <summary>The store does not start; the message says why and what to do.</summary>
public sealed class StartupException(string message) : Exception(message);
