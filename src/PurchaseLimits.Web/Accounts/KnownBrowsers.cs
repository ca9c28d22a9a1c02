using System.Security.Cryptography;
using Dapper;

namespace PurchaseLimits.Web.Accounts;

/// <summary>
/// Remembers which browsers have signed in to an account, and has its owner told of a new one: a customer by mail, an admin in the
/// audit. The cookie opens nothing. Who steals it can sign in unnoticed with a password that they know anyway.
/// </summary>
public sealed class KnownBrowsers
{
    private const int Bytes = 16;

    private readonly StoreDataSources _dataSources;
    private readonly WorkSignals _signals;
    // Browsers keep a cookie no longer.
    private readonly CookieBuilder _cookie = new() { MaxAge = TimeSpan.FromDays(400) };

    public KnownBrowsers(StoreDataSources dataSources, WorkSignals signals, IHostEnvironment environment)
    {
        (_dataSources, _signals) = (dataSources, signals);
        AccountServices.Protect(_cookie, "store-browser", environment.IsDevelopment());
    }

    /// <summary>This browser has just signed in to that account.</summary>
    public async Task NoteAsync(HttpContext context, StoreUser user)
    {
        var browser = Read(context.Request.Cookies[_cookie.Name!]) ?? RandomNumberGenerator.GetBytes(Bytes);
        context.Response.Cookies.Append(_cookie.Name!, Convert.ToHexStringLower(browser), _cookie.Build(context));
        await using var connection = await _dataSources.Pages.OpenConnectionAsync();
        await connection.ExecuteAsync(
            "SELECT account.note_browser(@UserId, @hash, @messageKey)",
            new { user.UserId, hash = SHA256.HashData(browser), messageKey = AccountChanges.NewKey(AccountChanges.NewSignIn) });
        _signals.Mails.Notify();
    }

    /// <summary>Null for what this store did not write.</summary>
    private static byte[]? Read(string? cookie) =>
        cookie is { Length: 2 * Bytes } && cookie.All(char.IsAsciiHexDigitLower) ? Convert.FromHexString(cookie) : null;
}
