using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Npgsql;
using PurchaseLimits.Database;
using PurchaseLimits.Web.Operating;

namespace PurchaseLimits.Web.Accounts;

public static class AccountServices
{
    public const string CustomersOnly = "customers";
    public const string AdminsOnly = "admins";

    /// <summary>How long a right password waits for its code.</summary>
    public const int MinutesForCode = 5;

    /// <summary>How long a browser is not asked for a code, where its owner said so; pages say so.</summary>
    public const int DaysRemembered = 30;

    /// <summary>Sign-in, its cookie, its keys, and who may go where: nobody anywhere, unless a page says otherwise.</summary>
    public static void AddAccounts(this IServiceCollection services, bool isDevelopment)
    {
        services.AddSettings<AccountOptions>("Accounts");
        services.AddHttpContextAccessor();
        services.AddIdentityCore<StoreUser>(options =>
            {
                options.User.RequireUniqueEmail = true;
                // The e-mail is the name; which characters it may hold is for the e-mail check to say.
                options.User.AllowedUserNameCharacters = "";
                // Length is what makes a password strong (NIST SP 800-63B, 5.1.1.2); rules about digits do not.
                options.Password.RequiredLength = AdminAccount.MinPasswordLength;
                options.Password.RequireDigit = false;
                options.Password.RequireLowercase = false;
                options.Password.RequireUppercase = false;
                options.Password.RequireNonAlphanumeric = false;
                // What pages say of it; what is done is account.begin_sign_in's.
                options.Lockout.MaxFailedAccessAttempts = 5;
                options.Lockout.DefaultLockoutTimeSpan = TimeSpan.FromMinutes(5);
                options.Tokens.PasswordResetTokenProvider = PasswordResetTokens.Name;
                options.Tokens.EmailConfirmationTokenProvider = EmailConfirmationTokens.Name;
                options.Tokens.AuthenticatorTokenProvider = AuthenticatorCodes.Name;
            })
            // By name: the default ones would ask for a phone (facts 38).
            .AddTokenProvider<PasswordResetTokens>(PasswordResetTokens.Name)
            .AddTokenProvider<EmailConfirmationTokens>(EmailConfirmationTokens.Name)
            .AddTokenProvider<AuthenticatorCodes>(AuthenticatorCodes.Name)
            .AddUserStore<StoreUserStore>()
            .AddSignInManager<StoreSignInManager>()
            .AddClaimsPrincipalFactory<StoreClaims>();
        services.AddSingleton<AuthenticatorKeys>();
        services.AddSingleton<KnownBrowsers>();
        services.AddScoped<AccountChanges>();
        services.Configure<SecurityStampValidatorOptions>(options =>
        {
            options.ValidationInterval = TimeSpan.FromMinutes(5);
            options.OnRefreshingPrincipal = context =>
            {
                RecentPassword.CarryOver(context.CurrentPrincipal!, context.NewPrincipal!);
                return Task.CompletedTask;
            };
        });

        services.AddAuthentication(IdentityConstants.ApplicationScheme)
            .AddCookie(IdentityConstants.ApplicationScheme, options =>
            {
                Protect(options.Cookie, "store-sign-in", isDevelopment);
                options.LoginPath = "/sign-in";
                options.AccessDeniedPath = "/status/403";
                options.ReturnUrlParameter = "returnUrl";
                options.ExpireTimeSpan = TimeSpan.FromHours(12);
                options.SlidingExpiration = true;
                options.Events.OnValidatePrincipal = async context =>
                {
                    try
                    {
                        await SecurityStampValidator.ValidatePrincipalAsync(context);
                    }
                    catch (NpgsqlException)
                    {
                        // Nobody is signed in as far as this request can tell; the page that says what is wrong renders, and
                        // the next request asks again, with the cookie it still has.
                        context.RejectPrincipal();
                    }
                };
                // Signed in as somebody else: say so on the page itself, with its own address and status.
                options.Events.OnRedirectToAccessDenied = context =>
                {
                    context.Response.StatusCode = StatusCodes.Status403Forbidden;
                    return Task.CompletedTask;
                };
            })
            // The password was right, and a code is asked for.
            .AddCookie(IdentityConstants.TwoFactorUserIdScheme, options =>
            {
                Protect(options.Cookie, "store-first-factor", isDevelopment);
                options.ExpireTimeSpan = TimeSpan.FromMinutes(MinutesForCode);
                options.SlidingExpiration = false;
            })
            // A browser that is not to be asked for one. Whether that still holds StoreSignInManager says.
            .AddCookie(IdentityConstants.TwoFactorRememberMeScheme, options =>
            {
                Protect(options.Cookie, "store-second-factor", isDevelopment);
                options.ExpireTimeSpan = TimeSpan.FromDays(DaysRemembered);
                options.SlidingExpiration = false;
            });
        services.AddAntiforgery(options => Protect(options.Cookie, "store-form", isDevelopment));
        services.Configure<CookieTempDataProviderOptions>(options => Protect(options.Cookie, "store-notice", isDevelopment));

        services.AddDataProtection().SetApplicationName("PurchaseLimits");
        services.AddOptions<KeyManagementOptions>()
            .Configure<StoreDataSources>((options, dataSources) => options.XmlRepository = new DatabaseKeys(dataSources));

        services.AddAuthorizationBuilder()
            .SetFallbackPolicy(new Microsoft.AspNetCore.Authorization.AuthorizationPolicyBuilder().RequireAuthenticatedUser().Build())
            .AddPolicy(CustomersOnly, policy => policy.RequireClaim(StoreClaims.CustomerIdClaim))
            .AddPolicy(AdminsOnly, policy => policy.RequireRole(StoreUser.AdminRole));
    }

    /// <summary>Not readable by scripts, not sent along from other sites, over TLS only outside Development.</summary>
    public static void Protect(CookieBuilder cookie, string name, bool isDevelopment)
    {
        // A browser takes a __Host- cookie only when it is secure, for this host alone and for every path.
        cookie.Name = isDevelopment ? name : $"__Host-{name}";
        cookie.HttpOnly = true;
        cookie.IsEssential = true;
        cookie.Path = "/";
        cookie.SameSite = SameSiteMode.Lax;
        cookie.SecurePolicy = isDevelopment ? CookieSecurePolicy.SameAsRequest : CookieSecurePolicy.Always;
    }
}
