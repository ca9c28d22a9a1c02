using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>A file that an admin's form brought, before anybody looks into it.</summary>
public static class UploadedFile
{
    private const int MaxNameLength = 255;

    /// <summary>What is wrong with it as a sentence; null: nothing, and <paramref name="name"/> is its name.</summary>
    public static string? RefusalOrNull(IFormFile? file, out string name)
    {
        name = "";
        if (file is not { Length: > 0 })
            return "Choose a CSV file that is not empty.";
        return RequestGuard.IsReadable(file.FileName) && StrictInput.TryText(file.FileName, MaxNameLength, lineBreaks: false, out name)
            ? null
            : "The file's name cannot be read. Give it another name.";
    }
}
