using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace PurchaseLimits.Tests.Support;

/// <summary>An app on somebody's phone: RFC 6238 as it is written there, and nothing of the store's.</summary>
public sealed class AuthenticatorApp(byte[] key)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"; // RFC 4648

    /// <param name="key">As a page shows it.</param>
    public static AuthenticatorApp Of(string key)
    {
        var bits = string.Concat(key.Where(c => c != ' ').Select(c => Convert.ToString(Alphabet.IndexOf(c, StringComparison.Ordinal), 2).PadLeft(5, '0')));
        return new([.. bits.Chunk(8).Where(octet => octet.Length == 8).Select(octet => Convert.ToByte(new string(octet), 2))]);
    }

    /// <summary>What it shows now, or so many times thirty seconds from now.</summary>
    public string Code(int steps = 0) => CodeAt(DateTimeOffset.UtcNow.ToUnixTimeSeconds() / 30 + steps);

    public string CodeAt(long step)
    {
        var counter = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(counter, step);
#pragma warning disable CA5350 // SHA-1 is what the RFC and every app have.
        var hash = HMACSHA1.HashData(key, counter);
#pragma warning restore CA5350
        var number = BinaryPrimitives.ReadInt32BigEndian(hash.AsSpan(hash[^1] & 0xf)) & int.MaxValue;
        return (number % 1_000_000).ToString("D6", CultureInfo.InvariantCulture);
    }
}
