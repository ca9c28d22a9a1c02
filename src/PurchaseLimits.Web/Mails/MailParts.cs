using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace PurchaseLimits.Web.Mails;

/// <summary>The two parts of a mail, as they are sent.</summary>
public sealed record MailParts(string Text, string Html)
{
    /// <summary>Makes both parts from one <see cref="Mail"/>.</summary>
    /// <param name="mail">What it says.</param>
    /// <param name="name">Whom it greets.</param>
    /// <param name="storeUrl">What its link begins with.</param>
    /// <param name="services">For the component; it asks for none of them.</param>
    public static async Task<MailParts> RenderAsync(Mail mail, string name, Uri storeUrl, IServiceProvider services)
    {
        var url = $"{storeUrl.AbsoluteUri.TrimEnd('/')}{mail.Link.Path}";
        return new MailParts(Text: RenderText(mail, name, url), Html: await RenderHtmlAsync(mail, name, url, services));
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

    private static async Task<string> RenderHtmlAsync(Mail mail, string name, string url, IServiceProvider services)
    {
        await using var renderer = new HtmlRenderer(services, services.GetRequiredService<ILoggerFactory>());
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
