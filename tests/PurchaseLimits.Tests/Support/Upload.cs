using System.Text;
using AngleSharp.Html.Dom;

namespace PurchaseLimits.Tests.Support;

public static class Upload
{
    /// <summary>Sends a file in a form of the page, as a browser does.</summary>
    public static Task<WebPage> UploadAsync(this Shopper shopper, WebPage page, string form, string fileName, byte[] file)
    {
        var element = page.Form(form);
        var content = new MultipartFormDataContent();
        foreach (var field in element.Elements.OfType<IHtmlInputElement>().Where(field => field.Type == "hidden"))
            content.Add(new StringContent(field.Value), field.Name!);
        content.Add(new ByteArrayContent(file), element.Elements.OfType<IHtmlInputElement>().Single(field => field.Type == "file").Name!, fileName);
        // Asked first: a server that refuses so much by its length answers and hangs up, and whoever is still sending misses it.
        return shopper.SendAsync(new HttpRequestMessage(HttpMethod.Post, element.GetAttribute("action"))
        {
            Content = content,
            Headers = { ExpectContinue = true },
        });
    }

    public static Task<WebPage> UploadAsync(this Shopper shopper, WebPage page, string form, string file) =>
        shopper.UploadAsync(page, form, "prices.csv", Encoding.UTF8.GetBytes(file));
}
