namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>Who buys: how many at once, and from which customers' accounts.</summary>
public sealed class Workload
{
    public const int AlmostFullCustomers = 50;

    private readonly Func<Random, int, int> _pick;

    private Workload(string name, string title, int callers, Func<Random, int, int> pick) =>
        (Name, Title, Callers, _pick) = (name, title, callers, pick);

    public string Name { get; }

    public string Title { get; }

    public int Callers { get; }

    /// <summary>It wants customers of its own for every turn.</summary>
    public bool IsFull => Name == "full";

    public static Workload Uniform { get; } = new("uniform", "Uniform: every customer alike, 16 callers", 16, (random, count) => random.Next(count));

    public static Workload Crowd { get; } = new("crowd", "A crowd: every customer alike, 64 callers", 64, (random, count) => random.Next(count));

    public static Workload Hot { get; } = new("hot", "One hot customer, 64 callers", 64, (_, _) => 0);

    public static Workload Zipf { get; } = new("zipf", "Zipf 0.99: some customers buy far more than others, 16 callers", 16, new ZipfDraw(0.99).Next);

    public static Workload Full { get; } = new(
        "full", $"Almost full: {AlmostFullCustomers} customers with $20 left of $500, most purchases are refused, 16 callers", 16, (random, count) => random.Next(count));

    /// <summary>Nobody buys here.</summary>
    public static Workload Pages { get; } = new("pages", "Pages, 16 readers", 16, (_, _) => 0);

    /// <summary>Of these the purchases of others are measured, at a steady pace, with and without a hot customer beside them.</summary>
    public static Workload Beside { get; } = new("beside", "Others beside one hot customer with 64 callers", 64, (_, _) => 0);

    public static IReadOnlyList<Workload> All { get; } = [Uniform, Crowd, Hot, Zipf, Full, Beside, Pages];

    public long Pick(Random random, IReadOnlyList<long> customers) => customers[_pick(random, customers.Count)];

    /// <summary>Rank n comes with weight 1/n^s.</summary>
    private sealed class ZipfDraw(double exponent)
    {
        private double[] _sums = [];

        public int Next(Random random, int count)
        {
            var sums = _sums;
            if (sums.Length != count)
                _sums = sums = SumsOf(count);
            var index = Array.BinarySearch(sums, random.NextDouble() * sums[^1]);
            return Math.Min(index < 0 ? ~index : index, count - 1);
        }

        private double[] SumsOf(int count)
        {
            var sums = new double[count];
            var sum = 0.0;
            for (var rank = 0; rank < count; rank++)
                sums[rank] = sum += Math.Pow(rank + 1, -exponent);
            return sums;
        }
    }
}
