using System.Globalization;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;

namespace PurchaseLimits.Web.Accounts;

/// <summary>
/// Keys of authenticator apps, as the database and the page that sets an app up keep them: readable with the store's keys alone
/// (<see cref="DatabaseKeys"/>), which store_web's password does not get, and for one account only.
/// </summary>
public sealed class AuthenticatorKeys(IDataProtectionProvider protection)
{
    public string Protect(StoreUser user, string key) => Protector(user).Protect(key);

    /// <summary>The key; null for text that is none of this account's, or was protected by a key that the store lost.</summary>
    public string? ReadOrNull(StoreUser user, string protectedKey)
    {
        try
        {
            return Protector(user).Unprotect(protectedKey);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private IDataProtector Protector(StoreUser user) =>
        protection.CreateProtector("authenticator-key", user.UserId.ToString(CultureInfo.InvariantCulture));
}
