using System.Collections.Concurrent;
using PurchaseLimits.Web;

namespace PurchaseLimits.Tests.Proof;

/// <summary>What customers and admins do with limits, and admins with frozen customers.</summary>
internal sealed partial class MixedLoad
{
    /// <summary>US dollars: a raise above this takes two admins.</summary>
    public const decimal SecondAdminAbove = 600m;

    private readonly ConcurrentStack<(long CustomerId, Guid LimitChangeId)> _toEnd = new();
    private readonly ConcurrentQueue<(LimitRaiseRequest Request, string By)> _toGrant = new();

    private async Task ChangeLimitAsync(PurchaseLimits.Web.Store store, Random random, DateTimeOffset now)
    {
        // Every other one is of a window, one in three ends by itself, one in three begins later: most within a second or so.
        var window = Window(random);
        DateTimeOffset? from = random.Next(3) == 0 ? now.AddSeconds(2 + random.NextDouble()) : null;
        DateTimeOffset? to = random.Next(3) == 0 ? now.AddSeconds(random.Next(2) == 0 ? 60 : 3 + random.NextDouble()) : null;
        var request = new LimitChangeRequest(
            Customer(random), Guid.CreateVersion7(), window, null, 100m * random.Next(1, 9), from, to, "as asked", "admin 1");
        var reply = await store.ChangeLimitAsync(request);
        Noted("limit", reply.Outcome);
        if ((from ?? to) is not null && reply.Outcome is (LimitChangeOutcome.Changed or LimitChangeOutcome.Scheduled))
            _toEnd.Push((request.CustomerId, request.LimitChangeId));
        if (reply.Outcome == LimitChangeOutcome.NeedsSecondAdmin)
        {
            var raise = new LimitRaiseRequest(request.CustomerId, Guid.CreateVersion7(), window, request.LimitAfter, to, "as asked");
            Noted("admin asks", (await store.RequestLimitAsync(raise, "admin 1")).Outcome);
            _toGrant.Enqueue((raise, "admin 1"));
        }
    }

    private async Task ChangeOwnLimitAsync(PurchaseLimits.Web.Store store, Random random, DateTimeOffset now)
    {
        var customer = Customer(random);
        if (random.Next(3) == 0)
        {
            Noted("lower own", (await store.LowerOwnLimitAsync(customer, Guid.CreateVersion7(), Window(random), 100m * random.Next(2, 8))).Outcome);
            return;
        }

        // Often of the limit that everybody has, and by little: or hardly any is a raise that one admin may grant.
        var (window, wanted) = random.Next(2) == 0 ? (LimitWindow.Lifetime, 500m + 20m * random.Next(1, 10)) : (Window(random), 100m * random.Next(3, 9));
        var request = new LimitRaiseRequest(
            customer, Guid.CreateVersion7(), window, wanted, random.Next(3) == 0 ? now.AddSeconds(5) : null, "please");
        Noted("ask for more", (await store.RequestOwnLimitAsync(request)).Outcome);
        _toGrant.Enqueue((request, $"customer {customer}"));
    }

    /// <summary>Grants a raise that somebody asked for, or denies it, or whoever asked takes it back.</summary>
    private async Task GrantAsync(PurchaseLimits.Web.Store store, Random random)
    {
        if (!_toGrant.TryDequeue(out var raise))
            return;
        var (request, by) = raise;
        switch (random.Next(6))
        {
            case 0:
                Noted("deny", (await store.DenyLimitRequestAsync(request.CustomerId, request.LimitRequestId, "no", "admin 2")).Outcome);
                break;
            case 1 when by == "admin 1":
                Noted("take request back", (await store.CancelLimitRequestAsync(request.CustomerId, request.LimitRequestId, by)).Outcome);
                break;
            case 1:
                Noted("take own request back", (await store.CancelOwnLimitRequestAsync(request.CustomerId, request.LimitRequestId)).Outcome);
                break;
            default:
                var change = Guid.CreateVersion7();
                var reply = await store.ApproveLimitRequestAsync(
                    new(request.CustomerId, request.LimitRequestId, change, request.LimitWanted, request.ValidTo, "", "admin 2"));
                Noted("grant", reply.Outcome);
                if (reply.Outcome == LimitApprovalOutcome.NeedsSecondAdmin)
                    Noted("grant as well", (await store.ApproveLimitRequestAsync(
                        new(request.CustomerId, request.LimitRequestId, change, request.LimitWanted, request.ValidTo, "", "admin 3"))).Outcome);
                if (reply.Outcome == LimitApprovalOutcome.Scheduled && random.Next(2) == 0)
                    Noted("take raise back", (await store.EndOwnLimitChangeAsync(request.CustomerId, change)).Outcome);
                break;
        }
    }

    /// <summary>Ends a change before its time, as the page that shows it would.</summary>
    private async Task EndAsync(PurchaseLimits.Web.Store store)
    {
        if (!_toEnd.TryPop(out var change))
            return;
        // The page showed some event number; a number that is too old is answered so, and asks again.
        for (var number = 1L; ; number = await LimitSequenceNumber(change.CustomerId))
        {
            var reply = await store.EndLimitChangeAsync(change.CustomerId, change.LimitChangeId, number, "enough", "admin 1");
            Noted("end", reply.Outcome);
            if (reply.Outcome != LimitEndOutcome.ChangedMeanwhile)
                return;
        }
    }

    /// <summary>Nobody's row and ledger differ, so nobody is frozen by this, and nothing is there to release.</summary>
    private async Task FreezeAsync(PurchaseLimits.Web.Store store, Random random)
    {
        Noted("freeze", (await store.FreezeCustomerAsync(Customer(random))).Outcome);
        Noted("release", (await store.ReleaseCustomerAsync(Customer(random), "looked at", "admin 1")).Outcome);
    }

    private static LimitWindow Window(Random random) => random.Next(2) == 0 ? LimitWindow.Lifetime : (LimitWindow)random.Next(1, 5);
}
