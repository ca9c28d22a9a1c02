using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Proof;

/// <summary>A search that would find an order for anything proves nothing: these are histories with and without one.</summary>
public sealed class LinearizerTests
{
    private static readonly AccountState s_start = new() { Limit = 500m };
    private static readonly Guid s_first = new(1, 0, 0, new byte[8]);
    private static readonly Guid s_second = new(2, 0, 0, new byte[8]);

    [Fact]
    public void One_after_the_other_is_explained() =>
        Assert.True(Explained(Bought(s_first, 400m, 0, 1, 2, 100m), Bought(s_second, 100m, 2, 3, 3, 0m), Read(500m, 3, 4, 5)));

    [Fact]
    public void At_once_is_explained_in_whichever_order_the_numbers_say() =>
        Assert.True(Explained(Bought(s_first, 400m, 0, 9, 3, 0m), Bought(s_second, 100m, 1, 8, 2, 400m)));

    [Fact]
    public void Two_that_do_not_fit_together_are_not() =>
        Assert.False(Explained(Bought(s_first, 400m, 0, 9, 2, 100m), Bought(s_second, 400m, 1, 8, 3, 100m)));

    [Fact]
    public void The_later_one_with_the_smaller_number_is_not() =>
        Assert.False(Explained(Bought(s_first, 100m, 0, 1, 3, 300m), Bought(s_second, 100m, 2, 3, 2, 400m)));

    [Fact]
    public void A_reader_who_does_not_see_what_was_acknowledged_is_not() =>
        Assert.False(Explained(Bought(s_first, 400m, 0, 1, 2, 100m), Read(0m, 1, 2, 3)));

    [Fact]
    public void One_in_doubt_may_have_happened_or_not()
    {
        Assert.True(Explained(InDoubt(s_first, 400m, 0), Read(400m, 2, 5, 6)));
        Assert.True(Explained(InDoubt(s_first, 400m, 0), Read(0m, 1, 5, 6)));
        // And late, between two readers.
        Assert.True(Explained(InDoubt(s_first, 400m, 0), Read(0m, 1, 5, 6), Read(400m, 2, 7, 8)));
    }

    [Fact]
    public void One_in_doubt_that_was_there_and_is_gone_is_not_explained() =>
        Assert.False(Explained(InDoubt(s_first, 400m, 0), Read(400m, 2, 5, 6), Read(0m, 1, 7, 8)));

    [Fact]
    public void One_in_doubt_that_was_seen_before_it_began_is_not_explained() =>
        Assert.False(Explained(Read(400m, 2, 0, 1), InDoubt(s_first, 400m, 2)));

    [Fact]
    public void The_same_key_decided_twice_is_not_explained() =>
        Assert.False(Explained(Bought(s_first, 100m, 0, 1, 2, 400m), Bought(s_first, 100m, 2, 3, 3, 300m)));

    [Fact]
    public void In_doubt_and_sent_again_it_happened_once()
    {
        Operation again = Bought(s_first, 100m, 5, 6, 2, 400m, PurchaseOutcome.AlreadyRecorded);
        Assert.True(Explained(InDoubt(s_first, 100m, 0), again, Read(100m, 2, 7, 8)));
        Assert.False(Explained(InDoubt(s_first, 100m, 0), again, Read(200m, 3, 7, 8)));
    }

    [Fact]
    public void A_refusal_where_it_would_have_fitted_is_not_explained()
    {
        var refused = new Operation.Buy(s_second, 100m, Reply(PurchaseOutcome.OverLimit, "refused", 100m, 3, 100m)) { Began = 2, Ended = 3 };
        Assert.False(Explained(Bought(s_first, 400m, 0, 1, 2, 100m), refused));
        Assert.True(Explained(Bought(s_first, 450m, 0, 1, 2, 50m), refused with { Reply = refused.Reply with { LeftAmount = 50m } }));
    }

    private static bool Explained(params Operation[] history) => Linearizer.Explains(history, s_start);

    private static Operation.Read Read(decimal amount, long number, long began, long ended) => new(amount, 500m, number) { Began = began, Ended = ended };

    private static Operation.Buy InDoubt(Guid key, decimal total, long began) =>
        new(key, total, new PurchaseReply { Outcome = PurchaseOutcome.InDoubt }) { Began = began };

    private static Operation.Buy Bought(
        Guid key, decimal total, long began, long ended, long number, decimal left, PurchaseOutcome outcome = PurchaseOutcome.Confirmed) =>
        new(key, total, Reply(outcome, "confirmed", total, number, left)) { Began = began, Ended = ended };

    private static PurchaseReply Reply(PurchaseOutcome outcome, string status, decimal total, long number, decimal left) =>
        new() { Outcome = outcome, Status = status, Total = total, SequenceNumber = number, LeftAmount = left };
}
