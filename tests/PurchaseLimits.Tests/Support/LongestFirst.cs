using PurchaseLimits.Tests.Containers;
using PurchaseLimits.Tests.Database;
using PurchaseLimits.Tests.Proof;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Tests.Web.Pages.Admin;
using PurchaseLimits.Tests.Web.Workers;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace PurchaseLimits.Tests.Support;

/// <summary>
/// What takes longest is begun first: begun last, it would run alone for minutes when all others are over. These are a third of all
/// the time there is; everything else is in random order, as xUnit has it.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] s_longest =
    [
        ProofTier.OneAtATime,
        .. new[]
        {
            typeof(ImageTests), typeof(LimitPropertyTests), typeof(LocalPostgresTests), typeof(UpgradeTests), typeof(ImportLimitsTests), typeof(LimitImportMemoryTests),
        }.Select(CollectionOf),
    ];

    public IReadOnlyCollection<T> OrderTestCollections<T>(IReadOnlyCollection<T> testCollections)
        where T : ITestCollection =>
        [.. DefaultTestCollectionOrderer.Instance.OrderTestCollections(testCollections).OrderBy(Place)];

    // A class without a collection is one, called after it, with an id behind the name.
    private static string CollectionOf(Type type) => $"Test collection for {type.FullName} ";

    private static int Place<T>(T collection)
        where T : ITestCollection =>
        Array.FindIndex(s_longest, name => collection.TestCollectionDisplayName.StartsWith(name, StringComparison.Ordinal)) is >= 0 and var place ? place : s_longest.Length;
}
