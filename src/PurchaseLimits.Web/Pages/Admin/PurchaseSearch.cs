using Dapper;
using Npgsql;
using PurchaseLimits.Web.Http;

namespace PurchaseLimits.Web.Pages.Admin;

/// <summary>
/// Which purchases are meant by what an admin typed: a purchase number, a purchase's uuid, or a customer's number, name or
/// e-mail. Customers are found first, so that what reads purchases compares keys and nothing else.
/// </summary>
public sealed record PurchaseSearch
{
    /// <summary>Customers whose purchases are listed; who typed less than a name has to type more.</summary>
    public const int MaxCustomers = 100;

    /// <summary>A purchase number; null where no number was typed.</summary>
    public long? Number { get; private init; }

    public Guid? PurchaseId { get; private init; }

    /// <summary>At most <see cref="MaxCustomers"/>, lowest numbers first.</summary>
    public long[] CustomerIds { get; private init; } = [];

    public bool HasMoreCustomers { get; private init; }

    /// <summary>SQL about <c>p</c>, a purchase or a request for one.</summary>
    public string Condition => (Number, PurchaseId) switch
    {
        ({ }, _) => " AND (p.purchase_number = @Number OR p.customer_id = ANY (@CustomerIds))",
        (_, { }) => " AND p.purchase_id = @PurchaseId",
        _ => " AND p.customer_id = ANY (@CustomerIds)",
    };

    /// <summary>All purchases of one customer.</summary>
    public static PurchaseSearch OfCustomer(long customerId) => new() { CustomerIds = [customerId] };

    /// <param name="source">Read as the admins' half.</param>
    /// <param name="typed">Trimmed, not empty.</param>
    public static async Task<PurchaseSearch> ReadAsync(NpgsqlDataSource source, string typed)
    {
        if (Guid.TryParseExact(typed, "D", out var purchaseId))
            return new PurchaseSearch { PurchaseId = purchaseId };

        var number = StrictInput.TryId(typed, out var id) ? id : (long?)null;
        await using var connection = await source.OpenConnectionAsync();
        var customerIds = await connection.QueryAsync<long>(
            $"""
            SELECT c.customer_id
            FROM store.customer c
            LEFT JOIN account.user u USING (customer_id)
            WHERE c.customer_id = @number
               OR position(lower(normalize(@typed, NFC)) IN lower(c.display_name)) > 0
               OR position(lower(@typed) IN lower(u.email)) > 0
            ORDER BY c.customer_id
            LIMIT {MaxCustomers + 1}
            """,
            new { typed, number });
        var found = customerIds.ToArray();
        return new PurchaseSearch
        {
            Number = number,
            CustomerIds = found[..Math.Min(found.Length, MaxCustomers)],
            HasMoreCustomers = found.Length > MaxCustomers,
        };
    }
}
