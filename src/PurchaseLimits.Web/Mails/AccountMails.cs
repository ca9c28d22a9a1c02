using System.Globalization;
using Microsoft.AspNetCore.Identity;
using PurchaseLimits.Web.Accounts;

namespace PurchaseLimits.Web.Mails;

/// <summary>Mails about an account. Their tokens are made here, when the mail is sent, and kept nowhere.</summary>
public sealed class AccountMails(IServiceScopeFactory scopes)
{
    private const string IfNotYou = "If it was not you, choose a new password at once: \"Forgot your password?\" on the sign-in page sends you a link.";

    /// <param name="kind">What the mail is about.</param>
    /// <param name="recipient">Whom it goes to.</param>
    /// <param name="at">When that happened.</param>
    public async Task<Mail> WriteAsync(string kind, MailRecipient recipient, DateTimeOffset at)
    {
        await using var scope = scopes.CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<StoreUser>>();
        var id = recipient.UserId.ToString(CultureInfo.InvariantCulture);
        var user = await users.FindByIdAsync(id) ?? throw new UnsendableMailException("The account is gone.");
        return kind switch
        {
            AccountChanges.PasswordReset => Reset(Link("/reset-password", await users.GeneratePasswordResetTokenAsync(user))),
            AccountChanges.EmailConfirmation => Confirmation(Link("/confirm-email", await users.GenerateEmailConfirmationTokenAsync(user))),
            AccountChanges.PasswordChanged => Changed(),
            AccountChanges.NewSignIn => NewSignIn(at),
            AccountChanges.TwoFactorOn => SecondFactor("Two-factor sign-in is on",
                "Two-factor sign-in was turned on for your account, or moved to another app. From now on signing in asks for a code of the app after your password."),
            AccountChanges.TwoFactorOff => SecondFactor("Two-factor sign-in is off",
                "Two-factor sign-in was turned off for your account. From now on your password is enough to sign in."),
            AccountChanges.RecoveryCodesRenewed => SecondFactor("You have new recovery codes",
                "New recovery codes were made for your account. The ones that you had before do not work any more."),
            AccountChanges.RecoveryCodeUsed => SecondFactor("A recovery code was used",
                "Somebody, most likely you, signed in to your account with a recovery code. It does not work again. The page says how many are left."),
            _ => throw new UnsendableMailException($"There is no mail of kind '{kind}'."),
        };

        string Link(string page, string token) => $"{page}?user={id}&token={Uri.EscapeDataString(token)}";
    }

    private static Mail Reset(string path) => new()
    {
        Subject = "Choose a new password",
        Sentences = ["Somebody, most likely you, asked for a new password for your account."],
        Link = new MailLink("Choose a new password", path),
        Afterword = $"The link works for {PasswordResetTokens.LifeInHours} hours, and once. If it was not you, do nothing: your password stays as it is.",
    };

    private static Mail Confirmation(string path) => new()
    {
        Subject = "Please confirm your e-mail",
        Sentences = ["An account was opened with this e-mail. Please confirm that it is yours: mails about what you buy, and a new password if you need one, come here."],
        Link = new MailLink("Confirm this e-mail", path),
        Afterword = $"The link works for {EmailConfirmationTokens.LifeInDays} days. If you opened no account, do nothing.",
    };

    private static Mail Changed() => new()
    {
        Subject = "Your password was changed",
        Sentences = ["The password of your account was changed. Wherever you were signed in with the old one, you will be asked for the new one within five minutes."],
        Link = new MailLink("Your account", "/account"),
        Afterword = IfNotYou,
    };

    private static Mail NewSignIn(DateTimeOffset at) => new()
    {
        Subject = "A new sign-in to your account",
        Sentences =
        [
            $"Somebody signed in to your account on {MailWords.Time(at)}, with a browser that had not signed in to it before.",
            "If that was you, with a new browser, another device, or after you deleted cookies, there is nothing to do.",
        ],
        Link = new MailLink("Your account", "/account"),
        Afterword = "If it was not you, choose a new password at once: that ends every sign-in. \"Forgot your password?\" on the sign-in page sends you a link.",
    };

    private static Mail SecondFactor(string subject, string sentence) => new()
    {
        Subject = subject,
        Sentences = [sentence],
        Link = new MailLink("Two-factor sign-in", "/account/two-factor"),
        Afterword = $"{IfNotYou} Then look at this page.",
    };
}
