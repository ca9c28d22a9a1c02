namespace PurchaseLimits.Database;

/// <summary>A file whose first line is a password, as orchestrators mount secrets.</summary>
public static class PasswordFile
{
    /// <returns>Empty where the line is, or there is none.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static string Read(string file) => File.ReadLines(file).FirstOrDefault("");

    /// <param name="setting">Whose value the file's name is.</param>
    /// <param name="file">Its name.</param>
    /// <returns>A sentence; null where it holds a password.</returns>
    public static string? MistakeOrNull(string setting, string file)
    {
        try
        {
            return string.IsNullOrWhiteSpace(Read(file)) ? $"{setting} names a file whose first line is no password." : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return $"{setting} names no file that can be read.";
        }
    }
}
