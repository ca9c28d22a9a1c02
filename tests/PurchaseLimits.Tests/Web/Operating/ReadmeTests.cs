using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web.Operating;
using Xunit;

namespace PurchaseLimits.Tests.Web.Operating;

/// <summary>The README's table of settings, held to what a web process reads.</summary>
public sealed partial class ReadmeTests(PostgresServer server) : StoreWebTest(server)
{
    /// <summary>Both ways: what the table names is read, and what is read is in the table.</summary>
    [Fact]
    public void The_README_names_every_setting()
    {
        var sections = Web.Services.GetServices<SettingsSection>().ToList();
        var named = new List<string>();
        foreach (var row in File.ReadLines(Path.Combine(Repository.Root, "README.md")).Where(line => line.StartsWith("| `", StringComparison.Ordinal)))
        {
            // `Mail:SmtpHost`, `:SmtpPort`: the section goes on.
            var section = "";
            foreach (Match name in Quoted().Matches(row.Split('|')[1]))
            {
                var text = name.Groups[1].Value;
                if (text.StartsWith(':'))
                    text = section + text;
                section = text.Split(':')[0];
                named.Add(text);
            }
        }

        var read = sections.SelectMany(section => section.Settings)
            .Concat(StoreConnections.Names.SelectMany(name => new[] { name, name + StoreConnections.FileSuffix }).Select(name => $"{StoreConnections.Section}:{name}"))
            .ToList();
        var ours = read.Select(name => name.Split(':')[0]).ToHashSet();
        Assert.Equal(read.Order(StringComparer.Ordinal), named.Where(name => ours.Contains(name.Split(':')[0])).Order(StringComparer.Ordinal));
    }

    [GeneratedRegex("`([A-Za-z]*:?[A-Za-z]+)`")]
    private static partial Regex Quoted();
}
