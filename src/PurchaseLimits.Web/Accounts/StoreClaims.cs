using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Accounts;

/// <summary>What the sign-in cookie says beside Identity's own claims, and how pages read it.</summary>
public sealed class StoreClaims(UserManager<StoreUser> userManager, IOptions<IdentityOptions> options)
    : UserClaimsPrincipalFactory<StoreUser>(userManager, options)
{
    public const string CustomerIdClaim = "customer_id";

    protected override async Task<ClaimsIdentity> GenerateClaimsAsync(StoreUser user)
    {
        var identity = await base.GenerateClaimsAsync(user);
        identity.AddClaim(new Claim(identity.RoleClaimType, user.Role));
        if (user.CustomerId is { } customerId)
            identity.AddClaim(new Claim(CustomerIdClaim, customerId.ToString(CultureInfo.InvariantCulture)));
        return identity;
    }
}

public static class StorePrincipal
{
    /// <summary>The customer who is signed in; null for a visitor and for an admin.</summary>
    public static long? CustomerIdOrNull(this ClaimsPrincipal principal) =>
        principal.FindFirstValue(StoreClaims.CustomerIdClaim) is { } value
            ? long.Parse(value, CultureInfo.InvariantCulture)
            : null;

    /// <summary>The customer who is signed in, on pages that only customers reach.</summary>
    public static long CustomerId(this ClaimsPrincipal principal) =>
        principal.CustomerIdOrNull() ?? throw new InvalidOperationException("This page lacks the policy for customers.");

    public static bool IsAdmin(this ClaimsPrincipal principal) => principal.IsInRole(StoreUser.AdminRole);

    /// <summary>How the ledger names an admin: <c>admin 3</c>.</summary>
    public static string AdminActor(this ClaimsPrincipal principal) =>
        $"admin {principal.FindFirstValue(ClaimTypes.NameIdentifier)}";
}
