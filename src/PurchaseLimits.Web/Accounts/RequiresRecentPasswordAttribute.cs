using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Accounts;

/// <summary>
/// On pages that change what others may buy: a browser that an admin left open is not enough, the password must have been
/// entered within <see cref="AccountOptions.RecentPassword"/>. Who comes later is asked for it at <see cref="ConfirmPath"/> and
/// goes on where they were; a form that was sent is sent on from there as it is.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class RequiresRecentPasswordAttribute : Attribute, IAuthorizationFilter, IOrderedFilter
{
    public const string ConfirmPath = "/admin/confirm-password";

    /// <summary>Looking is free: for a page that stays open while it shows how far something is.</summary>
    public bool FormsOnly { get; set; }

    /// <summary>After antiforgery (1000): a form that no page of ours sent is refused, not passed on.</summary>
    public int Order => 2000;

    public void OnAuthorization(AuthorizationFilterContext context)
    {
        var request = context.HttpContext.Request;
        var recently = context.HttpContext.RequestServices.GetRequiredService<IOptions<AccountOptions>>().Value.RecentPassword;
        if (context.HttpContext.User.PasswordEnteredAt() is { } enteredAt && DateTimeOffset.UtcNow - enteredAt < recently)
            return;

        var returnUrl = $"{request.PathBase}{request.Path}{request.QueryString}";
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            if (!FormsOnly)
                context.Result = new RedirectResult(Confirm(returnUrl));
        }
        // 307: the browser sends the same form there, and nothing of it is kept on the server.
        else if (!IsUpload(request))
        {
            context.Result = new RedirectResult(Confirm(returnUrl), permanent: false, preserveMethod: true);
        }
        // A page cannot put a file into a field. The form is chosen and sent again.
        else
        {
            context.Result = new SeeOtherResult($"{Confirm(request.PathBase + request.Path)}&again=true");
        }
    }

    private static bool IsUpload(HttpRequest request) =>
        request.ContentType?.StartsWith("multipart/", StringComparison.OrdinalIgnoreCase) == true;

    private static string Confirm(string returnUrl) => $"{ConfirmPath}?returnUrl={Uri.EscapeDataString(returnUrl)}";
}

/// <summary>When an admin's password was last entered: a claim of the sign-in cookie.</summary>
public static class RecentPassword
{
    private const string ClaimType = "password_entered_at";

    public static Claim Now() => new(ClaimType, DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));

    /// <summary>Null for customers, and for cookies that are older than this claim.</summary>
    public static DateTimeOffset? PasswordEnteredAt(this ClaimsPrincipal principal) =>
        principal.FindFirstValue(ClaimType) is { } seconds
            ? DateTimeOffset.FromUnixTimeSeconds(long.Parse(seconds, CultureInfo.InvariantCulture))
            : null;

    /// <summary>Every few minutes a cookie's claims are made anew from the database, which does not know this one: it stays as it is.</summary>
    public static void CarryOver(ClaimsPrincipal from, ClaimsPrincipal to)
    {
        if (from.FindFirst(ClaimType) is { } claim)
            to.Identities.First().AddClaim(new Claim(claim.Type, claim.Value));
    }
}
