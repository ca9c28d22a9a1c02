using System.Xml.Linq;
using PurchaseLimits.Benchmarks.Compare;
using Xunit;

namespace PurchaseLimits.Tests.Benchmarks;

/// <summary>What a comparison says of fixed figures.</summary>
public sealed class CompareReportTests
{
    [Fact]
    public void A_report_says_what_was_measured()
    {
        var result = FixedResult();

        var lines = new CompareReport(result).Markdown().Split('\n');

        Assert.Contains("> **These figures say nothing**: the server does not wait for its disk.", lines);
        Assert.Contains("## Uniform: every customer alike, 16 callers; 10k purchases before", lines);
        Assert.Contains("| floor | **1,000** (900–1,100) | **1.00** (1.00–1.00) | 2.0 | 4.0 | 4 | 1.00 | 1.00 | 100 | 200 | 500 | 0 | 0 |", lines);
        Assert.Contains("| store | **650** (540–770) | **0.65** (0.60–0.70) | 2.0 | 4.0 | 4 | 1.00 | 1.00 | 100 | – | 500 | 0 | **1**, by up to $15 |", lines);
        Assert.Contains("| store to floor, uniform | ≥ 0.6 | **0.65** (0.60–0.70) | met |", lines);
        Assert.Contains("| store to statements, uniform | ≥ 4 | **2.60** (2.40–2.80) | **missed** |", lines);
        Assert.Contains("| store to floor, one hot customer | ≥ 4 | – | not measured |", lines);
    }

    [Fact]
    public void A_chart_has_a_bar_for_each_contender_in_light_and_dark()
    {
        var folder = Directory.CreateTempSubdirectory("purchase-limits-compare-");
        try
        {
            new CompareReport(FixedResult()).Write(folder.FullName);

            var chart = XDocument.Load(Path.Combine(folder.FullName, "uniform-10k.svg")).Root!;
            XNamespace svg = "http://www.w3.org/2000/svg";
            Assert.Equal(["bar", "wrong", "bar"], chart.Elements(svg + "rect").Select(bar => (string)bar.Attribute("class")!));
            Assert.Equal(["400", "260", "100"], chart.Elements(svg + "rect").Select(bar => (string)bar.Attribute("width")!));
            Assert.Contains("prefers-color-scheme: dark", chart.Element(svg + "style")!.Value, StringComparison.Ordinal);
            Assert.Contains("](uniform-10k.svg)", File.ReadAllText(Path.Combine(folder.FullName, "benchmarks.md")), StringComparison.Ordinal);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void What_cannot_be_measured_is_refused_in_a_sentence()
    {
        Assert.Equal((10_000, 1_000_000, 250), (CompareOptions.ReadCount("10k"), CompareOptions.ReadCount("1M"), CompareOptions.ReadCount("250")));
        Assert.Equal("--events: 'many' is no number such as 10k, 1m or 250000.", Assert.Throws<ArgumentException>(() => CompareOptions.ReadCount("many")).Message);
        var unknown = Assert.Throws<ArgumentException>(() => new CompareOptions { Workloads = ["uniform", "cold"] }.Check());
        Assert.Equal("--workloads takes some of: uniform, crowd, hot, zipf, full, beside, pages.", unknown.Message);
        Assert.Throws<ArgumentException>(() => new CompareOptions { Rounds = 0 }.Check());
    }

    private static ComparisonResult FixedResult()
    {
        var result = new ComparisonResult { Options = new CompareOptions(), Settings = new Dictionary<string, string> { ["fsync"] = "off" }, IsDurable = false };
        foreach (var floor in (int[])[900, 1000, 1100])
        {
            var ratio = floor / 1000.0 - 0.35 + (floor - 1000) * -0.0005;
            result.Add("uniform", "floor", "The least.", 10_000, Of(floor));
            result.Add("uniform", "store", "Ours.", 10_000, Of(floor * ratio) with { Server = null, Oversold = floor == 1000 ? [new Oversold(7, 15)] : [] });
            result.Add("uniform", "statements", "Theirs.", 10_000, Of(floor / 4.0));
        }

        return result;
    }

    private static Turn Of(double perSecond) => new()
    {
        Seconds = 100,
        Accepted = (long)Math.Round(perSecond * 100),
        Refused = 0,
        Unanswered = 0,
        Latencies = [1, 2, 4],
        Retries = 0,
        Trips = (long)Math.Round(perSecond * 100),
        Client = TimeSpan.FromMicroseconds(100 * Math.Round(perSecond * 100)),
        Server = TimeSpan.FromMicroseconds(200 * Math.Round(perSecond * 100)),
        Wal = (long)Math.Round(perSecond * 100) * 500,
    };
}
