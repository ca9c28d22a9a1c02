namespace PurchaseLimits.Database;

/// <summary>Where roles' passwords come from: the environment, or files that it names.</summary>
internal static class RolePasswords
{
    private static readonly string[] s_roles = ["store_migrator", "store_web", "store_admin", "store_worker"];

    /// <returns>Role to password, of those for which there is one.</returns>
    /// <exception cref="MigrationException">A file cannot be read, or a password is given twice.</exception>
    public static IReadOnlyDictionary<string, string> FromEnvironment()
    {
        var passwords = new Dictionary<string, string>();
        foreach (var role in s_roles)
        {
            var name = $"{role.ToUpperInvariant()}_PASSWORD";
            var (value, file) = (Environment.GetEnvironmentVariable(name), Environment.GetEnvironmentVariable($"{name}_FILE"));
            if (!string.IsNullOrEmpty(value) && !string.IsNullOrEmpty(file))
                throw new MigrationException($"{name} and {name}_FILE are both set; which of them counts?");
            if (!string.IsNullOrEmpty(file))
                passwords[role] = ReadFile($"{name}_FILE", file);
            else if (!string.IsNullOrEmpty(value))
                passwords[role] = value;
        }

        return passwords;
    }

    /// <exception cref="MigrationException">It cannot be read, or is empty; the message names the setting.</exception>
    public static string ReadFile(string setting, string file)
    {
        try
        {
            return PasswordFile.Read(file) is { Length: > 0 } password
                ? password
                : throw new MigrationException($"{setting} names {file}, whose first line is empty.");
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException($"{setting} names {file}, which cannot be read: {exception.Message}", exception);
        }
    }
}
