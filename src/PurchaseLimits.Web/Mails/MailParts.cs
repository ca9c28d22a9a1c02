using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace PurchaseLimits.Web.Mails;

/// <summary>The two parts of a mail, as they are sent.</summary>
public sealed record MailParts(string Text, string Html)
{
    // The component asks for none.
    private static readonly ServiceProvider s_noServices = new ServiceCollection().BuildServiceProvider();

    /// <summary>Makes both parts from one <see cref="Mail"/>.</summary>
    /// <param name="mail">What it says.</param>
    /// <param name="name">Whom it greets.</param>
    /// <param name="storeUrl">What its link begins with.</param>
    public static async Task<MailParts> RenderAsync(Mail mail, string name, Uri storeUrl)
    {
        var url = $"{storeUrl.AbsoluteUri.TrimEnd('/')}{mail.Link.Path}";
        return new MailParts(Text: RenderText(mail, name, url), Html: await RenderHtmlAsync(mail, name, url));
    }

    private static string RenderText(Mail mail, string name, string url)
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"Hello {name},\n\n");
        foreach (var sentence in mail.Sentences)
            text.Append(CultureInfo.InvariantCulture, $"{sentence}\n\n");
        foreach (var fact in mail.Facts)
            text.Append(CultureInfo.InvariantCulture, $"{fact.Name}: {fact.Value}\n");
        if (mail.Facts.Count > 0)
            text.Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"{mail.Link.Text}:\n{url}\n\n");
        if (mail.Afterword is not null)
            text.Append(CultureInfo.InvariantCulture, $"{mail.Afterword}\n\n");
        return text.Append("PurchaseLimits\n").ToString();
    }

    private static async Task<string> RenderHtmlAsync(Mail mail, string name, string url)
    {
        await using var renderer = new HtmlRenderer(s_noServices, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var body = await renderer.RenderComponentAsync<MailBody>(ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                [nameof(MailBody.Mail)] = mail,
                [nameof(MailBody.Name)] = name,
                [nameof(MailBody.Url)] = url,
            }));
            return body.ToHtmlString();
        });
    }
}
