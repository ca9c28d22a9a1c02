using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Tests.Support;

/// <summary>A <see cref="StoreTest"/> with a web process in front of its database.</summary>
public abstract class StoreWebTest(PostgresServer server) : StoreTest(server)
{
    /// <summary>Every test account's password.</summary>
    public const string Password = "a password of tests";

    /// <summary>How dear a password is here. In the store it is a hundred times that, and most tests sign in.</summary>
    public const int PasswordIterations = 1_000;

    private static readonly string s_hash = new PasswordHasher<object>(Options.Create(new PasswordHasherOptions { IterationCount = PasswordIterations }))
        .HashPassword(new object(), Password);

    protected WebStore Web { get; private set; } = null!;

    /// <summary>Settings of the web process, beside its connections.</summary>
    protected virtual IReadOnlyDictionary<string, string>? Settings => null;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        if (StartsWeb)
            Web = Own(new WebStore(ConnectionString, Settings));
    }

    /// <summary>False for tests that start their own, with other settings.</summary>
    protected virtual bool StartsWeb => true;

    /// <summary>Customers first … last, who sign in as customerN@example.com.</summary>
    protected async Task AddSignInsAsync(long first, long last)
    {
        await AddCustomersAsync(first, last);
        await ExecuteAsync(
            """
            INSERT INTO account.user (customer_id, email, normalized_email, password_hash, security_stamp)
            SELECT id, format('customer%s@example.com', id), upper(format('customer%s@example.com', id)), @hash, 'stamp'
            FROM generate_series(@first, @last) id
            """,
            new { first, last, hash = s_hash });
    }

    /// <summary>An admin, who signs in as admin@example.com.</summary>
    protected Task AddAdminAsync() => ExecuteAsync(
        """
        INSERT INTO account.user (role, email, normalized_email, password_hash, security_stamp)
        VALUES ('admin', 'admin@example.com', 'ADMIN@EXAMPLE.COM', @hash, 'stamp')
        """,
        new { hash = s_hash });

    protected async Task<Shopper> SignedInAsync(string email)
    {
        var shopper = Web.NewShopper();
        await shopper.SignInAsync(email);
        return shopper;
    }
}
