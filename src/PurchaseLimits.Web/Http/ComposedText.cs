using Dapper;
using Npgsql;

namespace PurchaseLimits.Web.Http;

/// <summary>
/// What people write, in one form for each accented letter, so that it is found however it was typed. PostgreSQL composes it
/// (NFC): .NET has no tables for that under InvariantGlobalization.
/// </summary>
public static class ComposedText
{
    /// <summary>Null where it is no text as <see cref="StrictInput.TryText"/> has it, before or after composing.</summary>
    public static async Task<string?> ReadOrNullAsync(NpgsqlDataSource source, string? text, int maxLength, bool lineBreaks)
    {
        if (!StrictInput.TryText(text, maxLength, lineBreaks, out var typed))
            return null;

        await using var connection = await source.OpenConnectionAsync();
        var composed = await connection.QuerySingleAsync<string>("SELECT normalize(@typed, NFC)", new { typed });
        return StrictInput.TryText(composed, maxLength, lineBreaks, out var value) ? value : null;
    }
}
