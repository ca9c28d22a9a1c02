namespace PurchaseLimits.Web;

/// <summary>
/// A money function refused a customer whose row and ledger differ, or did when the customer was frozen. Nothing was written
/// but, by <c>store.freeze_customer</c>, the freeze. Pages show <see cref="Pages.FrozenCustomerFilter"/>'s sentence; workers pass the
/// customer by.
/// </summary>
public sealed class CustomerFrozenException(long customerId, Exception? inner = null)
    : Exception($"Customer {customerId} is frozen.", inner)
{
    /// <summary>What money functions raise (<c>db/functions/lock_customer.sql</c>).</summary>
    public const string SqlState = "PL003";

    public long CustomerId => customerId;
}
