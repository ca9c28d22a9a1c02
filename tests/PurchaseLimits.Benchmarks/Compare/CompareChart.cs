using System.Globalization;
using System.Text;

namespace PurchaseLimits.Benchmarks.Compare;

/// <summary>One workload as an SVG: a bar for each contender, a whisker from its least to its most. Fit for light and dark, as a README shows it.</summary>
internal static class CompareChart
{
    private const int Width = 720, LineHeight = 30, Top = 48, Left = 190, Right = 90;

    public static string Draw(string title, IReadOnlyList<Series> all)
    {
        var height = Top + LineHeight * all.Count + 12;
        var text = new StringBuilder(Invariant(
            $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {height}" width="{Width}" height="{height}" role="img" aria-label="{Escape(title)}">
            <style>
              text {"{"} font: 13px system-ui, sans-serif; fill: #1f2328 {"}"}
              .title {"{"} font-weight: 600; font-size: 15px {"}"}
              .bar {"{"} fill: #8c959f {"}"}
              .own {"{"} fill: #0969da {"}"}
              .wrong {"{"} fill: #cf222e {"}"}
              .whisker {"{"} stroke: #1f2328; stroke-width: 1.5 {"}"}
              @media (prefers-color-scheme: dark) {"{"}
                text {"{"} fill: #e6edf3 {"}"}
                .bar {"{"} fill: #6e7681 {"}"}
                .own {"{"} fill: #4493f8 {"}"}
                .wrong {"{"} fill: #f85149 {"}"}
                .whisker {"{"} stroke: #e6edf3 {"}"}
              {"}"}
            </style>
            <text class="title" x="12" y="24">{Escape(title)}</text>

            """));
        var most = all.Max(series => series.OfOrNull(turn => turn.PerSecond)?.Most ?? 0);
        for (var n = 0; n < all.Count; n++)
        {
            if (all[n].OfOrNull(turn => turn.PerSecond) is not { } rate)
                continue;
            var y = Top + n * LineHeight;
            var isWrong = all[n].Turns.Exists(turn => turn.Oversold.Count > 0);
            var kind = isWrong ? "wrong" : all[n].Contender is "store" or "http" or "http-page" or "deferred" ? "own" : "bar";
            text.Append(Invariant(
                $"""
                <text x="{Left - 10}" y="{y + 15}" text-anchor="end">{Escape(all[n].Contender)}{(isWrong ? " (oversold)" : "")}</text>
                <rect class="{kind}" x="{Left}" y="{y}" width="{At(rate.Median) - Left:0.#}" height="20" rx="2"/>
                <line class="whisker" x1="{At(rate.Least):0.#}" y1="{y + 10}" x2="{At(rate.Most):0.#}" y2="{y + 10}"/>
                <text x="{At(rate.Most) + 8:0.#}" y="{y + 15}">{rate.Median:N0}/s</text>

                """));
        }

        return text.Append("</svg>\n").ToString();

        double At(double value) => Left + (most > 0 ? value / most : 0) * (Width - Left - Right);
    }

    private static string Escape(string text) => System.Security.SecurityElement.Escape(text);

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
