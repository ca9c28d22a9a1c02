using System.Globalization;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace PurchaseLimits.Web.Pages;

/// <summary>How amounts look on every page.</summary>
public static class Display
{
    /// <summary>US dollars: $1,234.56.</summary>
    public static string Money(decimal amount) => amount.ToString("$#,##0.00;-$#,##0.00", CultureInfo.InvariantCulture);

    /// <summary>What came or went: +$20.00, −$20.00, or none.</summary>
    public static string Change(decimal amount) => amount.ToString("+$#,##0.00;−$#,##0.00;'none'", CultureInfo.InvariantCulture);
}

/// <summary>
/// <c>&lt;at value="…"&gt;</c>: a moment. In UTC with the zone named; site.js rewrites it in the viewer's own zone.
/// </summary>
[HtmlTargetElement("at", TagStructure = TagStructure.WithoutEndTag)]
public sealed class AtTagHelper : TagHelper
{
    public DateTimeOffset Value { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "time";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("datetime", Value.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        output.Content.SetContent(Value.ToUniversalTime().ToString("d MMM yyyy, HH:mm:ss 'UTC'", CultureInfo.InvariantCulture));
    }
}
