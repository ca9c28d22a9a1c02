using Dapper;
using Microsoft.AspNetCore.Identity;

namespace PurchaseLimits.Web.Accounts;

/// <summary>
/// Identity's check of an app's code (RFC 6238), which takes the same one again for as long as its clock allows; here each is taken
/// once (<c>account.use_code</c>), whoever sends it.
/// </summary>
public sealed class AuthenticatorCodes(StoreDataSources dataSources) : AuthenticatorTokenProvider<StoreUser>
{
    public const string Name = "authenticator";

    public const int Digits = 6;

    /// <summary>Six ASCII digits, blanks aside, as apps show them: 123 456. Null for anything else.</summary>
    public static string? ReadOrNull(string? text)
    {
        if (text is null || text.Length > 20)
            return null;
        var code = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
        return code.Length == Digits && code.All(char.IsAsciiDigit) ? code : null;
    }

    public override async Task<bool> ValidateAsync(string purpose, string token, UserManager<StoreUser> manager, StoreUser user)
    {
        if (ReadOrNull(token) is not { } code || !await base.ValidateAsync(purpose, code, manager, user))
            return false;
        await using var connection = await dataSources.Pages.OpenConnectionAsync();
        return await connection.QuerySingleAsync<bool>("SELECT account.use_code(@UserId, @code)", new { user.UserId, code });
    }
}
