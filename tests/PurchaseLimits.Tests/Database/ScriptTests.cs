using PurchaseLimits.Database;
using Xunit;

namespace PurchaseLimits.Tests.Database;

public sealed class ScriptTests
{
    [Theory]
    [InlineData("-- no-transaction\nSELECT 1", true, null)]
    [InlineData("-- Why it is so.\n-- no-transaction\nSELECT 1", true, null)]
    [InlineData("-- breaks-older-web: it asks for tags\nSELECT 1", false, "it asks for tags")]
    [InlineData("SELECT 1\n-- no-transaction", false, null)]
    [InlineData("-- no-transactions\nSELECT 1", false, null)]
    public void Headers_are_comments_at_the_top(string text, bool outside, string? breaks)
    {
        var script = new Script("migrations/0001_one.sql", text);

        Assert.Equal(outside, script.RunsOutsideTransaction);
        Assert.Equal(breaks, script.BreaksOlderWeb);
    }

    [Fact]
    public void What_is_needed_comes_first_whatever_it_is_called()
    {
        Assert.Equal(["migrations/0001.sql", "functions/z.sql", "functions/a.sql", "views/y.sql", "views/b.sql", "grants/a.sql"], Order(
            ("grants/a.sql", "GRANT SELECT ON store.b TO x;"),
            ("views/b.sql", "CREATE VIEW store.b AS SELECT * FROM store.y;"),
            ("views/y.sql", "CREATE VIEW store.y AS SELECT store.a();"),
            ("functions/a.sql", "CREATE FUNCTION store.a() RETURNS int LANGUAGE sql SET search_path = store AS $body$ SELECT z() $body$;"),
            ("functions/z.sql", "CREATE FUNCTION store.z() RETURNS int LANGUAGE plpgsql AS $body$ BEGIN RETURN a(); END $body$;"),
            ("migrations/0001.sql", "CREATE SCHEMA store;")));
    }

    [Fact]
    public void A_circle_is_named()
    {
        var error = Assert.Throws<MigrationException>(() => Order(
            ("views/a.sql", "CREATE VIEW store.a AS SELECT * FROM store.b;"),
            ("views/b.sql", "CREATE VIEW store.b AS SELECT * FROM store.a; -- not store.c"),
            ("views/c.sql", "CREATE VIEW store.c AS SELECT * FROM store.a;")));

        Assert.Equal("These need each other, so none can be the first: views/a.sql → views/b.sql → views/a.sql.", error.Message);
    }

    [Fact]
    public void Every_check_belongs_to_a_migration()
    {
        var folder = new DirectoryInfo(Path.Combine(Support.Repository.Root, "db", "checks"));

        // That of the roles is asked by `verify` alone.
        Assert.All(folder.GetFiles().Where(file => file.Name != "roles.sql"), file => Assert.True(File.Exists(Path.Combine(Support.Repository.Root, "db", "migrations", file.Name)), file.Name));
        Assert.NotEmpty(folder.GetFiles());
    }

    /// <summary>A * is what the table had when the view was made: a database that was upgraded would have another view than a new one.</summary>
    [Fact]
    public void A_view_names_its_columns() =>
        Assert.DoesNotContain(Script.Schema, script => script.Folder == "views" && System.Text.RegularExpressions.Regex.IsMatch(script.WithoutComments(), @"SELECT\s+\*(?!\s*\))|\b\w+\.\*|,\s*\*\s*(,|FROM)"));

    private static IEnumerable<string> Order(params (string Name, string Text)[] scripts) =>
        ScriptOrder.Of(scripts.Select(script => new Script(script.Name, script.Text))).Select(script => script.Name);
}
