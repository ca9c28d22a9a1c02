using System.Net;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

public sealed class AdminRefundTests(PostgresServer server) : AdminPurchaseTest(server)
{
    private const string Form = "main form[action$='/refund']";

    // Saved, told of another one first, more than is left, too many at once.
    private static readonly int[] s_fairAnswers = [303, 409, 422, 429];

    [Fact]
    public async Task All_that_is_left_is_refunded_and_may_be_bought_for_again()
    {
        var purchase = await BuyAsync();

        var saved = await Admin.SubmitAsync(await OpenAsync(purchase), Form, ("way", "all"), ("reason", "Arrived broken"));

        Assert.Equal(HttpStatusCode.SeeOther, saved.Status);
        var page = await Admin.FollowAsync(saved);
        foreach (var text in new[] { "Refunded $40.00 of purchase", "It no longer counts toward the customer's limit.", "All of it is refunded.", "Arrived broken", "No longer counts toward the limit." })
            Assert.Contains(text, page.Text, StringComparison.Ordinal);
        Assert.Equal("refunded", await StatusAsync(purchase));
        Assert.Equal(0, await BoughtAsync(10));
        Assert.Equal(["40.00 40.00 Arrived broken"], await RefundEventsAsync());
        // And what came back is known, for reports of products.
        Assert.Equal(["1 2"], await QueryAsync<string>("SELECT concat_ws(' ', product_id, quantity) FROM store.refund_line"));
    }

    [Fact]
    public async Task Lines_are_refunded_at_what_they_cost_and_no_more_of_them_than_were_bought()
    {
        var purchase = await BuyAsync(quantity: 3);

        var saved = await Admin.SubmitAsync(await OpenAsync(purchase), Form, ("way", "lines"), ("quantity-1", "2"), ("reason", "Two came back"));
        Assert.Contains("Refunded $40.00 of purchase", (await Admin.FollowAsync(saved)).Text, StringComparison.Ordinal);
        Assert.Equal("partly_refunded", await StatusAsync(purchase));
        Assert.Equal(20, await BoughtAsync(10));

        var more = await Admin.SubmitAsync(await OpenAsync(purchase), Form, ("way", "lines"), ("quantity-1", "2"), ("reason", "Two more"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, more.Status);
        Assert.Contains("more than is left. $20.00 of this purchase may still be refunded", more.Text, StringComparison.Ordinal);
        Assert.Equal(["1 2"], await QueryAsync<string>("SELECT format('%s %s', product_id, quantity) FROM store.refund_line"));
    }

    [Fact]
    public async Task An_amount_is_refunded_up_to_what_is_left_and_not_a_cent_more()
    {
        var purchase = await BuyAsync();
        await Admin.SubmitAsync(await OpenAsync(purchase), Form, ("way", "amount"), ("amount", "12.34"), ("reason", "Scratched"));
        Assert.Equal(27.66m, await BoughtAsync(10));

        var more = await Admin.SubmitAsync(await OpenAsync(purchase), Form, ("way", "amount"), ("amount", "27.67"), ("reason", "The rest"));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, more.Status);
        Assert.Contains("$27.66 of this purchase may still be refunded", more.Text, StringComparison.Ordinal);
        Assert.Equal(27.66m, await BoughtAsync(10));

        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(more, Form, ("amount", "27.66"), ("way", "amount"))).Status);
        Assert.Equal("refunded", await StatusAsync(purchase));
    }

    [Theory]
    [InlineData("all", null, null)]
    [InlineData("lines", "quantity-1", "1")]
    [InlineData("amount", "amount", "5")]
    public async Task The_same_form_sent_twice_refunds_once(string way, string? field, string? value)
    {
        var page = await OpenAsync(await BuyAsync());
        (string, string?)[] changes = field is null ? [("way", way), ("reason", "why")] : [("way", way), (field, value), ("reason", "why")];

        var first = await Admin.SubmitAsync(page, Form, changes);
        var second = await Admin.SubmitAsync(page, Form, changes);

        Assert.Equal((HttpStatusCode.SeeOther, HttpStatusCode.SeeOther), (first.Status, second.Status));
        Assert.Single(await RefundEventsAsync());
    }

    [Fact]
    public async Task A_used_key_saves_no_other_refund_until_it_is_sent_again_knowingly()
    {
        var page = await OpenAsync(await BuyAsync());
        await Admin.SubmitAsync(page, Form, ("way", "amount"), ("amount", "5"), ("reason", "why"));

        var other = await Admin.SubmitAsync(page, Form, ("way", "amount"), ("amount", "6"), ("reason", "why"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.Status);
        Assert.Contains("this page had saved another refund before. $5.00 of this purchase is refunded by now", other.Text, StringComparison.Ordinal);
        Assert.Equal(35, await BoughtAsync(10));
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(other, Form, ("way", "amount"))).Status);
        Assert.Equal(29, await BoughtAsync(10));
    }

    [Fact]
    public async Task Who_could_not_know_of_another_refund_is_told_of_it_first()
    {
        var purchase = await BuyAsync();
        var (first, second) = (await OpenAsync(purchase), await OpenAsync(purchase));
        await Admin.SubmitAsync(first, Form, ("way", "amount"), ("amount", "30"), ("reason", "Broken"));

        var late = await Admin.SubmitAsync(second, Form, ("way", "amount"), ("amount", "10"), ("reason", "Broken"));

        Assert.Equal(HttpStatusCode.Conflict, late.Status);
        Assert.Contains("$30.00 of this purchase was refunded while you were here", late.Text, StringComparison.Ordinal);
        Assert.Contains("$10.00 is left", late.Text, StringComparison.Ordinal);
        Assert.Single(await RefundEventsAsync());
        Assert.Equal(HttpStatusCode.SeeOther, (await Admin.SubmitAsync(late, Form, ("way", "amount"))).Status);
        Assert.Equal("refunded", await StatusAsync(purchase));
    }

    [Fact]
    public async Task Admins_at_the_same_moment_never_refund_more_than_was_bought()
    {
        var purchase = await BuyAsync();
        var pages = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => OpenAsync(purchase)));

        var answers = await Task.WhenAll(pages.Select(page =>
            Admin.SubmitAsync(page, Form, ("way", "amount"), ("amount", "15"), ("reason", "All at once"))));

        Assert.All(answers, answer => Assert.Contains((int)answer.Status, s_fairAnswers));
        var saved = answers.Count(answer => answer.Status == HttpStatusCode.SeeOther);
        Assert.InRange(saved, 1, 2);
        Assert.Equal(40 - (15 * saved), await BoughtAsync(10));
        Assert.Equal(saved, (await RefundEventsAsync()).Count);
    }

    [Fact]
    public async Task Where_the_store_says_so_a_refund_stays_used_up()
    {
        await ExecuteAsync("UPDATE store.store_setting SET refund_restores_allowance = false");
        var page = await OpenAsync(await BuyAsync());
        Assert.Contains("What is refunded still counts toward", page.Text, StringComparison.Ordinal);

        var saved = await Admin.FollowAsync(await Admin.SubmitAsync(page, Form, ("way", "all"), ("reason", "why")));

        Assert.Contains("It still counts toward", saved.Text, StringComparison.Ordinal);
        Assert.Equal(40, await BoughtAsync(10));
        Assert.Equal(["40.00 0 why"], await RefundEventsAsync());
    }

    [Theory]
    [InlineData(null, "", "", "why", "way")]
    [InlineData("amount", "", "", "why", "amount")]
    [InlineData("amount", "0", "", "why", "amount")]
    [InlineData("amount", "0.005", "", "why", "amount")]
    [InlineData("amount", "-1", "", "why", "amount")]
    [InlineData("amount", "1,5", "", "why", "amount")]
    [InlineData("amount", "NaN", "", "why", "amount")]
    [InlineData("amount", "1e1", "", "why", "amount")]
    [InlineData("amount", "5", "1", "why", "way")]
    [InlineData("lines", "5", "1", "why", "way")]
    [InlineData("all", "5", "", "why", "way")]
    [InlineData("all", "", "1", "why", "way")]
    [InlineData("lines", "", "", "why", "way")]
    [InlineData("lines", "", "0", "why", "way")]
    [InlineData("lines", "", "0x1", "why", "quantity-1")]
    [InlineData("lines", "", "1,5", "why", "quantity-1")]
    [InlineData("lines", "", "-1", "why", "quantity-1")]
    [InlineData("lines", "", "100", "why", "quantity-1")]
    [InlineData("all", "", "", "", "reason")]
    [InlineData("all", "", "", "  \u200b", "reason")]
    public async Task What_makes_no_sense_is_refused_at_its_field_and_refunds_nothing(string? way, string amount, string quantity, string reason, string field)
    {
        var refused = await Admin.SubmitAsync(await OpenAsync(await BuyAsync()), Form,
            ("way", way), ("amount", amount), ("quantity-1", quantity), ("reason", reason));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.NotNull(refused.Document.QuerySelector($"[id='{field}-error']"));
        Assert.Equal(40, await BoughtAsync(10));
    }

    [Theory]
    [InlineData("amount", "1", "2")]
    [InlineData("quantity-1", "1", "1")]
    [InlineData("reason", "one", "two")]
    [InlineData("refundId", "00000000-0000-0000-0000-000000000001", "00000000-0000-0000-0000-000000000002")]
    [InlineData("refundId", "x", null)]
    [InlineData("refundedBefore", "1e1", null)]
    [InlineData("refundedBefore", "99.00", null)]
    [InlineData("way", "everything", null)]
    [InlineData("quantity-2", "1", null)]
    [InlineData("quantity-x", "1", null)]
    public async Task What_no_page_of_ours_sends_is_a_400(string field, string value, string? again)
    {
        (string, string?)[] twice = again is null ? [(field, value)] : [(field, value), (field, again)];

        var refused = await Admin.SubmitAsync(await OpenAsync(await BuyAsync()), Form,
            [.. new (string, string?)[] { ("way", "all"), ("reason", "why") }.Where(change => change.Item1 != field), .. twice]);

        Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
        Assert.Equal(40, await BoughtAsync(10));
    }

    [Fact]
    public async Task What_was_not_bought_is_not_refunded()
    {
        var bought = await OpenAsync(await BuyAsync());
        var refused = await BeRefusedAsync();
        var page = await OpenAsync(refused);
        Assert.Contains("This purchase is refused: there is nothing to refund.", page.Text, StringComparison.Ordinal);
        Assert.Empty(page.Document.QuerySelectorAll(Form));

        // A form of another order, sent here.
        using var request = Shopper.Request(bought, Form, ("way", "amount"), ("amount", "1"), ("quantity-1", null), ("reason", "why"));
        request.RequestUri = new Uri(PathOf(refused) + "/refund", UriKind.Relative);
        Assert.Equal(HttpStatusCode.Conflict, (await Admin.SendAsync(request)).Status);
        Assert.Empty(await RefundEventsAsync());
    }

    [Fact]
    public async Task What_cost_nothing_is_nothing_to_refund()
    {
        await ExecuteAsync(
            """
            INSERT INTO store.product (product_id, category_id, name, description, tile) VALUES (6, 1, 'Product 6', 'Free.', 'mug');
            INSERT INTO store.product_price (product_id, valid_from, valid_to, price, actor) VALUES (6, now() - interval '1 day', 'infinity', 0, 'test')
            """);
        var request = await RequestAsync(10) with { Lines = [new PurchaseRequestLine(1, 1), new PurchaseRequestLine(6, 1)] };
        await Store.PlacePurchaseAsync(request, Cancelled);

        var refused = await Admin.SubmitAsync(await OpenAsync(request.PurchaseId), Form, ("way", "lines"), ("quantity-6", "1"), ("reason", "why"));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, refused.Status);
        Assert.Contains("what should come back cost nothing", refused.Text, StringComparison.Ordinal);
        Assert.Equal("confirmed", await StatusAsync(request.PurchaseId));
    }

    private Task<WebPage> OpenAsync(Guid purchaseId) => Admin.GetAsync(PathOf(purchaseId) + "/refund");

    /// <summary>Each refund's amount, what of it was restored, and why.</summary>
    private Task<IReadOnlyList<string>> RefundEventsAsync() => QueryAsync<string>(
        "SELECT format('%s %s %s', amount, restored, reason) FROM store.customer_event WHERE kind LIKE '%refunded' ORDER BY sequence_number");
}
