using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace PurchaseLimits.Web.Pages;

/// <summary>
/// <c>&lt;field-error for="email" /&gt;</c>: the sentence about a field, which has the id <c>email-error</c>; nothing when
/// the field is fine.
/// </summary>
[HtmlTargetElement("field-error", TagStructure = TagStructure.WithoutEndTag)]
public sealed class FieldErrorTagHelper : TagHelper
{
    public string For { get; set; } = "";

    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (!ViewContext.ModelState.TryGetValue(For, out var entry) || entry.Errors.Count == 0)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "p";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "field-error");
        output.Attributes.SetAttribute("id", $"{For}-error");
        output.Content.SetContent(entry.Errors[0].ErrorMessage);
    }
}

/// <summary><c>&lt;input error-for="email"&gt;</c>: tells a screen reader that the field is wrong, and where it says why.</summary>
[HtmlTargetElement("input", Attributes = "error-for", TagStructure = TagStructure.WithoutEndTag)]
[HtmlTargetElement("textarea", Attributes = "error-for")]
[HtmlTargetElement("select", Attributes = "error-for")]
public sealed class ErrorForTagHelper : TagHelper
{
    public string ErrorFor { get; set; } = "";

    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (!ViewContext.ModelState.TryGetValue(ErrorFor, out var entry) || entry.Errors.Count == 0)
            return;

        var hint = output.Attributes["aria-describedby"]?.Value;
        output.Attributes.SetAttribute("aria-invalid", "true");
        output.Attributes.SetAttribute("aria-describedby", $"{hint} {ErrorFor}-error".Trim());
    }
}
