using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Web.Pages;

public sealed class ShopTests(PostgresServer server) : StoreWebTest(server)
{
    [Fact]
    public async Task Pages_of_twenty_lead_forward_and_back_and_show_every_product_once()
    {
        await AddProductsAsync([.. Enumerable.Range(1, 45).Select(i => (decimal)i)]);
        using var visitor = Web.NewShopper();
        var seen = new List<string>();

        var page = await visitor.GetAsync("/");
        var pages = 1;
        for (; ; pages++)
        {
            seen.AddRange(Products(page));
            if (page.Document.QuerySelector("a[rel=next]")?.GetAttribute("href") is not { } next)
                break;
            page = await visitor.GetAsync(next);
        }

        Assert.Equal(3, pages);
        Assert.Equal(45, seen.Distinct().Count());
        Assert.Equal(45, seen.Count);
        var back = await visitor.GetAsync(page.Document.QuerySelector("a[rel=prev]")!.GetAttribute("href")!);
        Assert.Equal(seen[20..40], Products(back));
    }

    [Fact]
    public async Task Search_finds_words_and_parts_of_names_and_takes_any_text_as_text()
    {
        await AddProductsAsync(1m, 2m, 3m);
        await ExecuteAsync(
            """
            UPDATE store.product SET name = 'Desk lamp', description = 'Shines on paper.' WHERE product_id = 1;
            UPDATE store.product SET name = '100% wool_blanket' WHERE product_id = 2
            """);
        using var visitor = Web.NewShopper();

        Assert.Equal(["Desk lamp"], Products(await visitor.GetAsync("/?q=shine")));
        Assert.Equal(["Desk lamp"], Products(await visitor.GetAsync("/?q=LAM")));
        Assert.Equal(["100% wool_blanket"], Products(await visitor.GetAsync("/?q=0%25")));
        Assert.Equal(["100% wool_blanket"], Products(await visitor.GetAsync("/?q=l_b")));
        Assert.Empty(Products(await visitor.GetAsync("/?q=%27%3B%20DROP%20TABLE%20store.product--")));
        Assert.Empty(Products(await visitor.GetAsync("/?q=%5C")));
        Assert.Contains("<b>", (await visitor.GetAsync("/?q=%3Cb%3E")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/?q=%00")]
    [InlineData("/?q=%1B")]
    [InlineData("/?q=%E2%80%AE")]
    [InlineData("/?after=x")]
    [InlineData("/?after=-1")]
    [InlineData("/?after=99999999999999999999")]
    public async Task Queries_that_make_no_sense_are_a_bad_request_that_looks_like_the_store(string path)
    {
        using var visitor = Web.NewShopper();

        var page = await visitor.GetAsync(path);

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.NotNull(page.Document.QuerySelector("header nav, nav"));
        Assert.NotEmpty(page.Text);
    }

    [Fact]
    public async Task A_search_of_101_letters_is_too_long() =>
        Assert.Equal(HttpStatusCode.BadRequest, (await Web.NewShopper().GetAsync($"/?q={new string('a', 101)}")).Status);

    [Theory]
    [InlineData("/products/77")]
    [InlineData("/products/x")]
    [InlineData("/category/none")]
    [InlineData("/nowhere")]
    [InlineData("/robots.txt")]
    [InlineData("/admin/nowhere.txt")]
    public async Task What_does_not_exist_is_a_404_that_looks_like_the_store(string path)
    {
        using var visitor = Web.NewShopper();

        var page = await visitor.GetAsync(path);

        Assert.Equal(HttpStatusCode.NotFound, page.Status);
        Assert.NotNull(page.Document.QuerySelector("a[href='/']"));
    }

    [Fact]
    public async Task What_costs_more_than_is_left_is_marked_and_not_hidden()
    {
        await AddProductsAsync(20.00m, 500.01m);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");

        var shop = await shopper.GetAsync("/");

        Assert.Equal(2, Products(shop).Count);
        Assert.Single(shop.Document.QuerySelectorAll("main .badge-over"));
    }

    [Fact]
    public async Task The_shop_is_three_statements_in_two_round_trips_however_many_products_it_shows()
    {
        await AddProductsAsync([.. Enumerable.Range(1, 45).Select(i => (decimal)i)]);
        await AddSignInsAsync(10, 10);
        using var shopper = await SignedInAsync("customer10@example.com");
        var statements = new ConcurrentBag<string>();
        // Npgsql tells of every command that a recorded request sends; those of other tests go to other databases.
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql" or "Microsoft.AspNetCore",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                var tags = activity.TagObjects.ToDictionary(tag => tag.Key, tag => tag.Value);
                if (tags.ContainsValue(Database) && tags.TryGetValue("db.query.text", out var sql))
                    statements.Add((string)sql!);
            },
        };
        ActivitySource.AddActivityListener(listener);

        await shopper.GetAsync("/");

        Assert.InRange(statements.Count, 1, 2);
        Assert.InRange(statements.Sum(sql => sql.Split(';').Length), 1, 3);
    }

    [Fact]
    public async Task Every_page_forbids_what_is_not_its_own_and_keeps_its_cookies_to_itself()
    {
        await AddProductsAsync(20.00m);
        await AddSignInsAsync(10, 10);
        using var shopper = Web.NewShopper();

        foreach (var path in new[] { "/", "/products/1", "/cart", "/sign-in", "/register", "/nowhere" })
        {
            var page = await shopper.GetAsync(path);
            var policy = Assert.Single(page.Response.Headers.GetValues("Content-Security-Policy"));
            Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
            Assert.Empty(page.Document.QuerySelectorAll("[style], style, script:not([src])"));
            Assert.DoesNotContain(page.Document.All, element => element.Attributes.Any(attribute => attribute.Name.StartsWith("on", StringComparison.Ordinal)));
            Assert.Empty(page.Document.QuerySelectorAll("[src^='http'], link[href^='http']"));
        }

        var signIn = await shopper.SubmitAsync(await shopper.GetAsync("/sign-in"), "form[action='/sign-in']",
            ("email", "customer10@example.com"), ("password", Password));
        Assert.All(signIn.Response.Headers.GetValues("Set-Cookie").Where(cookie => !cookie.Contains("expires=Thu, 01 Jan 1970", StringComparison.Ordinal)), cookie =>
        {
            Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
            Assert.Contains("samesite", cookie, StringComparison.OrdinalIgnoreCase);
        });
    }

    private static IReadOnlyList<string> Products(WebPage page) =>
        [.. page.Document.QuerySelectorAll("main a[href^='/products/']").Select(link => WebPage.Fold(link.TextContent)).Where(text => text != "")];
}
