namespace PurchaseLimits.Tests.Database;

/// <summary>
/// A folder like <c>db/</c> with one script of each sort: a migration with a check, one that runs outside of a transaction, a
/// function, a view that needs it, a role's rights.
/// </summary>
internal sealed class TrialScripts : IDisposable
{
    public const string Price = "CREATE OR REPLACE FUNCTION store.price() RETURNS numeric LANGUAGE sql AS $body$ SELECT 1.00 $body$;\n";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("purchase-limits-scripts-");

    public TrialScripts()
    {
        Write("migrations/0001_goods.sql",
            """
            CREATE SCHEMA store;
            CREATE TABLE store.good (
                good_id bigint PRIMARY KEY,
                name text NOT NULL,
                CONSTRAINT good_name_is_short CHECK (length(name) < 100)
            );

            """);
        Write("checks/0001_goods.sql", "SELECT 'good_name_is_short is gone' WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'good_name_is_short')\n");
        Write("migrations/0002_index_goods.sql", "-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS good_name_idx ON store.good (name);\n");
        // Its name comes before what it needs.
        Write("functions/a_price_list.sql", "CREATE OR REPLACE FUNCTION store.a_price_list() RETURNS numeric LANGUAGE sql AS $body$ SELECT store.price() $body$;\n");
        Write("functions/price.sql", Price);
        Write("grants/store_web.sql", "GRANT USAGE ON SCHEMA store TO store_web;\nGRANT SELECT ON store.good TO store_web;\n");
    }

    public string Folder => _folder.FullName;

    public void Write(string name, string text)
    {
        var file = Path.Combine(Folder, name);
        Directory.CreateDirectory(Path.GetDirectoryName(file)!);
        File.WriteAllText(file, text);
    }

    public string Read(string name) => File.ReadAllText(Path.Combine(Folder, name));

    public void Delete(string name) => File.Delete(Path.Combine(Folder, name));

    public void Dispose() => _folder.Delete(recursive: true);
}
