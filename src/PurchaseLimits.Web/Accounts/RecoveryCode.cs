using System.Security.Cryptography;
using System.Text;

namespace PurchaseLimits.Web.Accounts;

/// <summary>What signs in once without the authenticator app, as Identity makes it: <c>7BQ4F-X2MND</c>, one of 26 to the power of 10.</summary>
public static class RecoveryCode
{
    /// <summary>Codes an account is given at a time.</summary>
    public const int Count = 10;

    /// <summary>Without the hyphen.</summary>
    public const int Length = 10;

    // 47 bits a code, so a hash that is quick to make could be tried out for all of them in hours. With these rounds it takes
    // fifty thousand times as long, and half a second to make all ten.
    private const int Rounds = 50_000;

    /// <summary>As people type one: small letters, blanks, with or without the hyphen. Null for what is none.</summary>
    public static string? ReadOrNull(string? text)
    {
        if (text is null || text.Length > 40)
            return null;
        var code = string.Concat(text.Where(c => c != '-' && !char.IsWhiteSpace(c))).ToUpperInvariant();
        return code.Length == Length && code.All(char.IsAsciiLetterOrDigit) ? code : null;
    }

    /// <summary>32 bytes.</summary>
    public static byte[] Hash(string code, byte[] salt) => Rfc2898DeriveBytes.Pbkdf2(
        Encoding.ASCII.GetBytes(code.Replace("-", "", StringComparison.Ordinal)), salt, Rounds, HashAlgorithmName.SHA512, outputLength: 32);
}
