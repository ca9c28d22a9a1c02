using PurchaseLimits.Web.Pages.Admin;

namespace PurchaseLimits.Web.Pages;

/// <summary>The model of the view <c>Frozen</c>: what somebody reads who was refused because a customer is frozen.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="Freeze">For admins alone; null also where the freeze could not be written down yet.</param>
public sealed record FrozenCustomer(long CustomerId, FreezeRow? Freeze);
