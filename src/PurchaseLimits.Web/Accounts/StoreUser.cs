namespace PurchaseLimits.Web.Accounts;

/// <summary>Who signs in: a customer, who buys, or an admin, who does not.</summary>
public sealed class StoreUser
{
    public const string AdminRole = "admin";
    public const string CustomerRole = "customer";

    public long UserId { get; set; }

    /// <summary>The customer it buys for; null for an admin.</summary>
    public long? CustomerId { get; set; }

    public string Role { get; set; } = CustomerRole;
    public string Email { get; set; } = "";
    public string NormalizedEmail { get; set; } = "";
    public string PasswordHash { get; set; } = "";
    public string SecurityStamp { get; set; } = "";

    /// <summary>The stamp as it was read: what was decided by it does not overwrite what somebody else changed meanwhile.</summary>
    public string StoredSecurityStamp { get; set; } = "";

    /// <summary>Whether somebody who reads mails to the e-mail has said that the account is theirs.</summary>
    public bool EmailConfirmed { get; set; }

    /// <summary>The customer's name on pages. Only sign-up sets it; it is kept with the customer.</summary>
    public string DisplayName { get; set; } = "";

    /// <summary>What the authenticator app was given, as <see cref="AuthenticatorKeys"/> protects it; null: the password is enough.</summary>
    public string? ProtectedKey { get; set; }

    /// <summary>Of the hashes of the recovery codes.</summary>
    public byte[]? RecoverySalt { get; set; }

    /// <summary>Of recovery codes that were just made, until <see cref="AccountChanges.ChangeSecondFactorAsync"/> writes them. They are never read.</summary>
    public byte[][] RecoveryHashes { get; set; } = [];

    /// <summary>Since when a code is asked for.</summary>
    public DateTimeOffset? EnabledAt { get; set; }

    public bool HasSecondFactor => ProtectedKey is not null;
}
