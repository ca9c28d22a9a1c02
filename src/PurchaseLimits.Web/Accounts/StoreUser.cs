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

    /// <summary>Whether somebody who reads mails to the e-mail has said that the account is theirs.</summary>
    public bool EmailConfirmed { get; set; }

    /// <summary>The customer's name on pages. Only sign-up sets it; it is kept with the customer.</summary>
    public string DisplayName { get; set; } = "";
}
