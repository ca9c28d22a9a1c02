using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>Until there is a dashboard, the customers are where an admin begins.</summary>
public sealed class IndexModel : PageModel
{
    public IActionResult OnGet() => RedirectToPage("/Admin/Customers");
}
