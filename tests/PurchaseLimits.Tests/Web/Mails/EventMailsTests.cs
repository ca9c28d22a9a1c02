using AngleSharp.Html.Parser;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Mails;
using Xunit;

namespace PurchaseLimits.Tests.Web.Mails;

/// <summary>Each mail says what happened, by how much and what is left, in both of its parts.</summary>
public sealed class EventMailsTests
{
    private static readonly Guid s_purchaseId = Guid.Parse("019a0000-0000-7000-8000-000000000001");

    [Theory]
    [InlineData("purchase_confirmed", null, "", "Purchase 1042 is confirmed: $60.00, $440.00 left", "$440.00")]
    [InlineData("purchase_confirmed", "purchase_processing", "", "Purchase 1042 is confirmed: $60.00, $440.00 left", "The price that your purchase waited for is there")]
    [InlineData("purchase_confirmed", "purchase_awaiting_approval", "", "Purchase 1042 is approved and confirmed: $60.00", "An admin approved")]
    [InlineData("purchase_refused", null, "A price is above what was agreed to.", "Purchase 1042 is refused: nothing was bought", "A price is above what was agreed to.")]
    [InlineData("purchase_refused", "purchase_awaiting_approval", "Not this year", "Purchase 1042 is declined: nothing was bought", "Not this year")]
    [InlineData("purchase_processing", null, "", "Purchase 1042 waits for a price: $60.00 held, $440.00 left", "27 Nov 2026, 14:05 UTC")]
    [InlineData("purchase_awaiting_approval", "purchase_refused", "Please", "Purchase 1042 waits for an admin: over your limit by $0.00", "An admin will decide")]
    [InlineData("purchase_cancelled", "purchase_processing", "", "Purchase 1042 is cancelled: $500.00 left", "The $60.00 that was kept for it is yours again.")]
    [InlineData("purchase_expired", "purchase_processing", "", "Purchase 1042 has ended: $500.00 left", "No price came in time")]
    [InlineData("purchase_expired", "purchase_awaiting_approval", "", "Purchase 1042 has ended: $500.00 left", "No admin decided in time")]
    [InlineData("purchase_partly_refunded", "purchase_confirmed", "Broken", "Purchase 1042 is partly refunded: $60.00, $500.00 left", "$60.00 no longer counts toward your limit.")]
    [InlineData("purchase_refunded", "purchase_confirmed", "Broken", "Purchase 1042 is refunded: $60.00, $500.00 left", "The reason: Broken")]
    public async Task What_happened_by_how_much_and_what_is_left(string kind, string? previousKind, string reason, string subject, string says)
    {
        var mail = EventMails.Write(Event(kind) with { PreviousKind = previousKind, Reason = reason });

        Assert.Equal(subject, mail.Subject);
        var parts = await MailParts.RenderAsync(mail, "Ada", new Uri("https://store.example"));
        foreach (var text in new[] { says, "See the purchase", "2 × Mug", "Left" })
        {
            Assert.Contains(text, parts.Text, StringComparison.Ordinal);
            Assert.Contains(text, Visible(parts.Html), StringComparison.Ordinal);
        }

        Assert.Contains($"https://store.example/purchases/{s_purchaseId}", parts.Text, StringComparison.Ordinal);
        Assert.Contains($"href=\"https://store.example/purchases/{s_purchaseId}\"", parts.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void A_refusal_says_by_how_much_it_was_over()
    {
        var mail = EventMails.Write(Event("purchase_refused") with { AmountBefore = 480, AmountAfter = 480, Amount = 57.20m });

        Assert.Equal("Purchase 1042 is refused: over your limit by $37.20", mail.Subject);
        Assert.Contains(new MailFact("Left", "$20.00"), mail.Facts);
    }

    [Fact]
    public void A_refund_that_does_not_give_the_allowance_back_says_so()
    {
        var mail = EventMails.Write(Event("purchase_refunded") with { Restored = 0, Reason = "Broken" });

        Assert.Contains(mail.Sentences, sentence => sentence.Contains("still counts toward your limit", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("admin 3", "An admin changed your limit from $500.00 to $300.00.")]
    [InlineData("customer 10", "You changed your limit from $500.00 to $300.00.")]
    [InlineData("system", "The store changed your limit from $500.00 to $300.00.")]
    public void A_changed_limit_says_who_and_why_and_no_numbers_of_people(string actor, string sentence)
    {
        var mail = EventMails.Write(Event("limit_changed") with
        {
            PurchaseId = null,
            AmountAfter = 420.50m,
            LimitAtTime = 300,
            LimitBefore = 500,
            Actor = actor,
            Reason = "Chargeback",
        });

        Assert.Equal("Your limit is now $300.00: over by $120.50", mail.Subject);
        Assert.Equal(sentence, mail.Sentences[0]);
        Assert.Contains("The reason: Chargeback", mail.Sentences);
        Assert.Equal("/allowance", mail.Link.Path);
    }

    [Fact]
    public async Task What_people_wrote_is_text_in_the_HTML_too()
    {
        var mail = EventMails.Write(Event("purchase_refunded") with { Reason = "<script>alert(1)</script>" });

        var parts = await MailParts.RenderAsync(mail, "<b>Ada</b>", new Uri("https://store.example"));

        Assert.Empty(new HtmlParser().ParseDocument(parts.Html).QuerySelectorAll("script, b"));
        Assert.Contains("<script>alert(1)</script>", Visible(parts.Html), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Both_parts_hold_every_sentence_and_fact_of_the_mail()
    {
        var mail = EventMails.Write(Event("purchase_processing"));
        var parts = await MailParts.RenderAsync(mail, "Ada", new Uri("https://store.example"));

        foreach (var part in new[] { WebPage.Fold(parts.Text), Visible(parts.Html) })
            Assert.All(mail.Sentences.Concat(mail.Facts.SelectMany(fact => new[] { fact.Name, fact.Value })), text => Assert.Contains(text, part, StringComparison.Ordinal));
        Assert.Contains(mail.Facts, fact => fact == new MailFact("1 × Chair", "price on request, at most $20.00"));
        Assert.Contains(mail.Facts, fact => fact == new MailFact("Total", "at most $60.00"));
    }

    private static string Visible(string html) => WebPage.Fold(new HtmlParser().ParseDocument(html).Body!.TextContent);

    private static MailEvent Event(string kind) => new()
    {
        Kind = kind,
        PreviousKind = null,
        PurchaseId = s_purchaseId,
        PurchaseNumber = 1042,
        Amount = 60,
        AmountBefore = 0,
        AmountAfter = kind == "purchase_confirmed" ? 60 : 0,
        HeldAfter = kind == "purchase_processing" ? 60 : 0,
        Hold = 60,
        Restored = 60,
        LimitAtTime = 500,
        LimitBefore = 500,
        Actor = "customer 10",
        Reason = "",
        ExpiresAt = new DateTimeOffset(2026, 11, 27, 14, 5, 9, TimeSpan.Zero),
        Lines = kind == "purchase_processing"
            ? [new() { Name = "Mug", Quantity = 2, Total = 40, AtMost = null }, new() { Name = "Chair", Quantity = 1, Total = null, AtMost = 20 }]
            : [new() { Name = "Mug", Quantity = 2, Total = 60, AtMost = null }],
    };
}
