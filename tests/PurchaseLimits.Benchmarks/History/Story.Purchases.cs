namespace PurchaseLimits.Benchmarks.History;

/// <summary>What customers buy, what is refused and what comes back.</summary>
internal sealed partial class Story
{
    // A customer whose purchase does not fit is refused, or left alone where enough was refused; then it is another's turn.
    private const int Tries = 8;

    /// <summary>Not more often than is usual, and not what cost something else at that moment.</summary>
    private bool MayRefuse(OrderLine[] lines, long at) =>
        Refused < Confirmed * RefusedShare && Array.TrueForAll(lines, line => line.PriceValidFrom <= at);

    private static bool IsFrequent(int customer) => customer % 10 == 0;

    private int SomeCustomer() => _random.Next(5) == 0
        ? _random.Next((_registered + 9) / 10) * 10
        : _random.Next(_registered);

    /// <summary>One purchase is confirmed at that moment, whatever else happens just before it.</summary>
    private void BuyAt(long moment)
    {
        for (var tries = 1; ; tries++)
        {
            var justBefore = Between(_now, moment);
            var customer = SomeCustomer();
            var lines = SomeLines(moment);
            var total = lines.Sum(line => line.Quantity * line.UnitPrice);
            var left = _accounts[customer].Limit - _accounts[customer].Amount;
            if (total <= left)
            {
                if (tries == 1 && MayRefuse(lines, justBefore) && WantMore(lines, left - total))
                {
                    Refuse(customer, lines, justBefore);
                    continue;
                }

                Confirm(customer, lines, moment);
                return;
            }

            if (tries >= Tries)
            {
                Raise(customer, total, justBefore);
                Confirm(customer, lines, moment);
                return;
            }

            if (MayRefuse(lines, justBefore))
                Refuse(customer, lines, justBefore);
            AskForRaise(customer, total, moment);
        }
    }

    private void Confirm(int customer, OrderLine[] lines, long at)
    {
        var order = NewOrder(customer, lines, at);
        Append(customer, Happening.Confirmed, at, Customer(customer), order: order, amount: order.Total);
        Confirmed++;
        if (_random.NextDouble() < RefundedShare)
            _due.Enqueue(moment => Refund(customer, order, moment), at + _random.NextInt64(Day, 20 * Day));
    }

    private void Refuse(int customer, OrderLine[] lines, long at)
    {
        var order = NewOrder(customer, lines, at);
        Append(customer, Happening.Refused, at, Customer(customer), order: order, amount: order.Total);
        Refused++;
    }

    // Half of them all of it; otherwise a line, or part of it, or some money for what cannot be sent back in part.
    private void Refund(int customer, Order order, long at)
    {
        var returned = order.Lines;
        var amount = order.Total;
        if (_random.Next(2) == 0)
        {
            var line = order.Lines[0] with { Quantity = 1 };
            returned = order.Lines.Length > 1 || order.Lines[0].Quantity > 1 ? [line] : [];
            amount = returned.Length > 0 ? line.UnitPrice : order.Total / 2;
        }

        Append(
            customer, amount == order.Total ? Happening.Refunded : Happening.PartlyRefunded, at, AnAdmin(),
            returned.Length > 0 ? "Came back as new." : "Arrived with a scratch.",
            order, amount, _facts.RefundRestoresAllowance ? amount : 0, key: NewKey(at), returned: returned);
    }

    private Order NewOrder(int customer, OrderLine[] lines, long at)
    {
        // The page was shown a while ago, and no price has changed since.
        var pricedAt = at - (long)(_facts.QuoteLife * 0.7 * _random.NextDouble());
        foreach (var line in lines)
            pricedAt = Math.Max(pricedAt, line.PriceValidFrom);
        return new Order
        {
            Number = ++_orders,
            PurchaseId = NewKey(pricedAt),
            SequenceNumber = _accounts[customer].SequenceNumber + 1,
            PricedAt = pricedAt,
            PlacedAt = Math.Max(pricedAt, at - _random.Next(200, 5000)),
            Total = lines.Sum(line => line.Quantity * line.UnitPrice),
            Lines = lines,
        };
    }

    /// <summary>One line most often, three seldom: 1.5 on average. Some products sell better than others.</summary>
    private OrderLine[] SomeLines(long moment)
    {
        var draw = _random.Next(10);
        var lines = new OrderLine[draw < 6 ? 1 : draw < 9 ? 2 : 3];
        for (var n = 0; n < lines.Length; n++)
        {
            long productId;
            do
                productId = 1 + (long)(Prices.Products.Count * Math.Pow(_random.NextDouble(), 1.5));
            while (Array.Exists(lines, line => line.ProductId == productId));

            draw = _random.Next(20);
            var price = Prices.At(productId, moment);
            lines[n] = new OrderLine(productId, draw < 16 ? 1 : draw < 19 ? 2 : 3, price.Cents, price.ValidFrom);
        }

        Array.Sort(lines, (one, other) => one.ProductId.CompareTo(other.ProductId));
        return lines;
    }

    /// <summary>Makes it so many of one product that it passes what is left by little; false where nobody would buy so many.</summary>
    private static bool WantMore(OrderLine[] lines, long left)
    {
        ref var line = ref lines[0];
        var more = left / line.UnitPrice + 1;
        if (line.Quantity + more > 9)
            return false;
        line = line with { Quantity = line.Quantity + more };
        return true;
    }

    private static long Between(long one, long other) => one + (other - one) / 2;
}
