using System.Net;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

/// <summary>Over the limit is a question, not a dead end.</summary>
public sealed class WaysOutTests(PostgresServer server) : PurchaseWebTest(server)
{
    private PurchaseLimits.Web.Store Store => Web.Services.GetRequiredService<PurchaseLimits.Web.Store>();

    [Fact]
    public async Task The_suggested_item_is_dropped_with_a_button_from_the_refusal_and_from_its_page()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var (refused, path) = await OrderTooMuchAsync(shopper);
        await PutIntoCartAsync(shopper, 1, "3");

        foreach (var page in new[] { refused, await shopper.GetAsync(path) })
        {
            Assert.Contains("Without Product 3 ($250.00) it fits.", page.Text, StringComparison.Ordinal);
            var dropped = await PressAsync(shopper, page, "Drop");
            Assert.Equal("/cart", dropped.Response.Headers.Location!.ToString());
            Assert.Equal(["1 × 3 at most 0", "2 × 1 at most 0"], await CartAsync(10));
            await PressAsync(shopper, page, "Again");
            Assert.Equal(["1 × 3 at most 0", "2 × 1 at most 0", "3 × 1 at most 0"], await CartAsync(10));
        }
    }

    [Fact]
    public async Task Fewer_of_one_product_is_a_button_too_and_takes_no_more_than_the_purchase_has()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "26");
        var refused = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), OrderForm);

        Assert.Contains("With 25 of Product 1 instead of 26 it fits.", refused.Text, StringComparison.Ordinal);
        foreach (var (product, quantity) in new[] { ("1", "26"), ("1", "99"), ("2", "0"), ("1", "-1"), ("1", "0x1"), ("x", "1"), ("1", "") })
            Assert.Equal(HttpStatusCode.BadRequest, (await PressAsync(shopper, refused, "Drop", ("product_id", product), ("quantity", quantity))).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await PressAsync(shopper, refused, "Drop", ("quantity", null))).Status);
        Assert.Equal(["1 × 26 at most 0"], await CartAsync(10));

        await PressAsync(shopper, refused, "Drop");

        Assert.Equal(["1 × 25 at most 0"], await CartAsync(10));
    }

    [Fact]
    public async Task What_is_no_longer_sold_is_left_out_and_a_full_cart_stays_as_it_is()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var (refused, _) = await OrderTooMuchAsync(shopper);
        await ExecuteAsync("UPDATE store.product SET withdrawn_at = now() WHERE product_id = 3");
        Assert.Contains("left out: Product 3", (await shopper.FollowAsync(await PressAsync(shopper, refused, "Again"))).Text, StringComparison.Ordinal);
        Assert.Equal(["2 × 1 at most 0"], await CartAsync(10));

        await ExecuteAsync(
            """
            DELETE FROM store.cart_line;
            INSERT INTO store.product (product_id, category_id, name, description, tile)
            SELECT n, 1, 'Product ' || n, 'A thing.', 'mug' FROM generate_series(100, 149) n;
            INSERT INTO store.cart_line (customer_id, product_id, quantity) SELECT 10, n, 1 FROM generate_series(100, 149) n
            """);
        Assert.Contains("not all of the purchase has room", (await shopper.FollowAsync(await PressAsync(shopper, refused, "Again"))).Text, StringComparison.Ordinal);
        Assert.Equal(50, (await CartAsync(10)).Count);
    }

    [Fact]
    public async Task An_admin_can_be_asked_and_may_approve_it_for_this_purchase_alone()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var (refused, path) = await OrderTooMuchAsync(shopper);

        var asked = await shopper.FollowAsync(await PressAsync(shopper, refused, "Approval", ("note", "For the new\noffice")));
        var askedAgain = await shopper.FollowAsync(await PressAsync(shopper, refused, "Approval", ("note", "Please")));

        Assert.Contains("An admin is asked to approve this, until", asked.Text, StringComparison.Ordinal);
        Assert.Contains("“For the new office”", asked.Text, StringComparison.Ordinal);
        Assert.Contains("You asked already", askedAgain.Text, StringComparison.Ordinal);
        Assert.NotNull(asked.Document.QuerySelector("#cancel"));

        var id = Guid.Parse(path.Split('/')[^1]);
        await Store.ApprovePurchaseAsync(new(10, id, 1000m, Guid.CreateVersion7(), "Once", "admin 1"));

        var bought = await UntilAsync(shopper, path, "bought for $550.00");
        Assert.Contains("An admin approved it. Your limit is what it was before.", bought.Text, StringComparison.Ordinal);
        var allowance = (await shopper.GetAsync("/allowance")).Text;
        Assert.Contains("Over by $50.00", allowance, StringComparison.Ordinal);
        Assert.Contains("or an admin approved a purchase above it", allowance, StringComparison.Ordinal);
        Assert.Contains("from $500.00 to $550.00 by an admin: “For purchase", allowance, StringComparison.Ordinal);
        // Said of what is over because of an approval, this would be untrue.
        await PutIntoCartAsync(shopper, 1, "1");
        foreach (var page in new[] { "/cart", "/checkout" })
            Assert.DoesNotContain("lowered", (await shopper.GetAsync(page)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_declined_purchase_says_why_and_cannot_be_asked_about_again()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var (refused, path) = await OrderTooMuchAsync(shopper);
        await PressAsync(shopper, refused, "Approval", ("note", "Please"));
        await Store.DeclinePurchaseAsync(10, Guid.Parse(path.Split('/')[^1]), "Not this quarter", "admin 1");

        var declined = await shopper.GetAsync(path);
        var asked = await shopper.FollowAsync(await PressAsync(shopper, refused, "Approval", ("note", "Please")));

        Assert.Matches("would have passed the limit by \\$50.00 [^.]*, by the store\\.", declined.Text);
        Assert.Contains("An admin declined this purchase. “Not this quarter”", declined.Text, StringComparison.Ordinal);
        Assert.Null(declined.Document.QuerySelector("#note"));
        Assert.NotNull(declined.Document.QuerySelector("#again"));
        // What was possible before the admin was asked still is.
        Assert.Contains("Without Product 3 ($250.00) it fits.", declined.Text, StringComparison.Ordinal);
        Assert.NotNull(declined.Document.QuerySelector("main a[href^='/limit?window=lifetime']"));
        Assert.Contains("that answer stands", asked.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_answers_and_it_expires()
    {
        await ExecuteAsync("UPDATE store.store_setting SET approval_life = interval '1 millisecond'");
        using var shopper = await SignedInAsync("customer10@example.com");
        var (refused, path) = await OrderTooMuchAsync(shopper);
        await PressAsync(shopper, refused, "Approval", ("note", "Please"));

        var expired = await UntilAsync(shopper, path, "Expired: no admin answered in time.");

        Assert.NotNull(expired.Document.QuerySelector("#again"));
        Assert.NotNull(expired.Document.QuerySelector("#drop"));
        Assert.Contains("Only what was refused for your limit",
            (await shopper.FollowAsync(await PressAsync(shopper, refused, "Approval", ("note", "Please")))).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Waiting_is_until_what_is_planned_by_then_lets_it_fit()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var (_, path) = await OrderTooMuchAsync(shopper);
        var later = DateTimeOffset.UtcNow.AddDays(3);
        await Store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), PurchaseLimits.Web.LimitWindow.Lifetime, null, 900.00m, later.AddDays(-1), later.AddDays(-1).AddHours(1), "Not enough of a time", "admin 1"));
        await Store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), PurchaseLimits.Web.LimitWindow.Day, null, 100.00m, later.AddDays(-2), later, "Too little", "admin 1"));
        Assert.DoesNotContain("Or wait until", (await shopper.GetAsync(path)).Text, StringComparison.Ordinal);

        await Store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), PurchaseLimits.Web.LimitWindow.Lifetime, null, 600.00m, later, null, "Good customer", "admin 1"));
        await Store.RequestOwnLimitAsync(new(10, Guid.CreateVersion7(), PurchaseLimits.Web.LimitWindow.Lifetime, 2000.00m, null, "More"));
        var page = await shopper.GetAsync(path);

        Assert.Contains($"Or wait until {later.ToString("d MMM yyyy, HH:mm:ss 'UTC'", System.Globalization.CultureInfo.InvariantCulture)}: then it fits, unless", page.Text, StringComparison.Ordinal);
        Assert.Contains("You have asked for a higher limit, and no admin has answered yet", page.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_over_the_limit_already_has_nothing_left_and_not_less()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 1, "5");
        await OrderAsync(shopper);
        await Store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), PurchaseLimits.Web.LimitWindow.Lifetime, null, 60.00m, null, null, "Less", "admin 1"));
        await PutIntoCartAsync(shopper, 1, "1");

        var refused = await shopper.SubmitAsync(await shopper.GetAsync("/checkout"), OrderForm);

        Assert.Contains("This purchase is over your limit by $60.00.", refused.Text, StringComparison.Ordinal);
        Assert.Contains("It is $20.00 more than you have left", refused.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_fits_by_now_need_not_be_approved()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var (refused, path) = await OrderTooMuchAsync(shopper);
        await Store.ChangeLimitAsync(new(10, Guid.CreateVersion7(), PurchaseLimits.Web.LimitWindow.Lifetime, null, 600.00m, null, null, "Good customer", "admin 1"));

        var page = await shopper.GetAsync(path);
        var asked = await shopper.FollowAsync(await PressAsync(shopper, refused, "Approval", ("note", "Please")));

        Assert.Contains("It would fit by now", page.Text, StringComparison.Ordinal);
        Assert.Null(page.Document.QuerySelector("#note"));
        Assert.Contains("nobody need approve it", asked.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sum_that_is_not_known_cannot_be_approved()
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        await PutIntoCartAsync(shopper, 4, "1", "500");
        var checkout = await shopper.GetAsync("/checkout");
        await PutIntoCartAsync(shopper, 1, "1");
        await ExecuteAsync("DELETE FROM store.cart_line WHERE product_id = 4");
        await OrderAsync(shopper);

        var refused = await shopper.SubmitAsync(checkout, OrderForm);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("over your limit by $20.00", refused.Text, StringComparison.Ordinal);
        Assert.Null(refused.Document.QuerySelector("#note"));
        var request = Shopper.Request(refused, "main form[action$='handler=Again']", ("note", "Please"));
        request.RequestUri = new Uri(request.RequestUri!.ToString().Replace("Again", "Approval"), UriKind.Relative);
        Assert.Contains("nobody can approve a sum that is not known", (await shopper.FollowAsync(await shopper.SendAsync(request))).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData(null)]
    public async Task A_note_that_says_nothing_is_refused_at_its_field(string? note)
    {
        using var shopper = await SignedInAsync("customer10@example.com");
        var (refused, path) = await OrderTooMuchAsync(shopper);

        var answer = await PressAsync(shopper, refused, "Approval", ("note", note));
        var tooLong = await PressAsync(shopper, refused, "Approval", ("note", new string('x', 501)));

        Assert.All([answer, tooLong], page => Assert.Equal(HttpStatusCode.UnprocessableEntity, page.Status));
        Assert.NotNull(answer.Document.QuerySelector("#note-error"));
        Assert.Equal(501, tooLong.Document.QuerySelector("#note")!.TextContent.Trim().Length);
        Assert.Contains("over your limit", (await shopper.GetAsync(path)).Text, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.SeeOther, (await PressAsync(shopper, refused, "Approval", ("note", new string('x', 500)))).Status);
    }
}
