using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Accounts;

// What the links of mails carry. Nothing of it is stored: a token is protected by the store's keys and holds the account's
// security stamp, so it ends with the password that the account had.

/// <summary>Lets whoever reads the mail choose a new password.</summary>
public sealed class PasswordResetTokens(
    IDataProtectionProvider protection,
    IOptions<PasswordResetTokens.Settings> settings,
    ILogger<DataProtectorTokenProvider<StoreUser>> logger)
    : DataProtectorTokenProvider<StoreUser>(protection, settings, logger)
{
    public new const string Name = "password-reset";

    /// <summary>Hours a link works; mails say so.</summary>
    public const int LifeInHours = 2;

    public sealed class Settings : DataProtectionTokenProviderOptions
    {
        public Settings() => (Name, TokenLifespan) = (PasswordResetTokens.Name, TimeSpan.FromHours(LifeInHours));
    }
}

/// <summary>Says that whoever reads mails to an account's e-mail has seen one.</summary>
public sealed class EmailConfirmationTokens(
    IDataProtectionProvider protection,
    IOptions<EmailConfirmationTokens.Settings> settings,
    ILogger<DataProtectorTokenProvider<StoreUser>> logger)
    : DataProtectorTokenProvider<StoreUser>(protection, settings, logger)
{
    public new const string Name = "email-confirmation";

    /// <summary>Days a link works; mails say so.</summary>
    public const int LifeInDays = 7;

    public sealed class Settings : DataProtectionTokenProviderOptions
    {
        public Settings() => (Name, TokenLifespan) = (EmailConfirmationTokens.Name, TimeSpan.FromDays(LifeInDays));
    }
}
