using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>Functions in PL/pgSQL, as plpgsql_check sees them: what PostgreSQL itself would find when a line runs, and more.</summary>
public sealed class FunctionRulesTests(PostgresServer server) : StoreTest(server)
{
    // What it says and what is meant. By function without its arguments.
    private static readonly string[] s_meant =
    [
        // Its columns are place_purchase's, so that one record reads both; what is decided later is null here.
        """store.request_purchase: warning extra: unmodified OUT variable "left_amount" """,
        """store.request_purchase: warning extra: unmodified OUT variable "over_by" """,
        """store.request_purchase: warning extra: unmodified OUT variable "sequence_number" """,
        // Returned together with an outcome, and read as whole rows.
        """store.decide_purchase: warning extra: composite OUT variable "account" is not single argument""",
        """store.decide_purchase: warning extra: composite OUT variable "fit" is not single argument""",
    ];

    /// <summary>
    /// The extension is a package of Debian for the server it is for, postgresql-15-plpgsql-check, so this runs on 15 alone.
    /// </summary>
    [Fact]
    [Trait("Server", "15")]
    public async Task Plpgsql_check_finds_nothing()
    {
        var isAvailable = await ScalarAsync<bool>("SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'plpgsql_check')");
        Assert.SkipUnless(isAvailable || Environment.GetEnvironmentVariable("CI") == "true",
            "The server has no plpgsql_check: on Debian, package postgresql-15-plpgsql-check.");
        await ExecuteAsync("CREATE SCHEMA plpgsql_check; CREATE EXTENSION plpgsql_check SCHEMA plpgsql_check");

        var found = await FindAsync();

        Assert.Equal(s_meant.Select(meant => meant.Trim()).Order(), found.Order());
        // It was there, and it looked.
        await ExecuteAsync(
            """
            CREATE FUNCTION store.planted() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT no_such_column FROM store.product); END';
            CREATE FUNCTION store.planted_trigger() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.no_such_column := 1; RETURN NEW; END';
            CREATE TRIGGER planted BEFORE INSERT ON store.category FOR EACH ROW EXECUTE FUNCTION store.planted_trigger()
            """);
        Assert.Equal(
            [
                """store.planted: error: column "no_such_column" does not exist""",
                """store.planted_trigger on store.category: error: record "new" has no field "no_such_column" """.Trim(),
            ],
            (await FindAsync()).Except(found).Where(message => message.Contains(": error: ", StringComparison.Ordinal)).Order());
    }

    // A function that only functions call has no search path of its own: it runs in its caller's, which is this.
    private Task<IReadOnlyList<string>> FindAsync() => QueryAsync<string>(
        """
        SET search_path = store, pg_catalog, pg_temp;
        WITH function AS (
            -- A trigger function is checked with each table it is for; one that is for none is dead.
            SELECT DISTINCT
                p.oid,
                coalesce(r.oid, 0)::regclass AS table_id,
                p.pronamespace::regnamespace || '.' || p.proname || coalesce(' on ' || r.relnamespace::regnamespace || '.' || r.relname, '') AS name
            FROM pg_proc p
            JOIN pg_language l ON l.oid = p.prolang AND l.lanname = 'plpgsql'
            LEFT JOIN pg_trigger t ON t.tgfoid = p.oid
            LEFT JOIN pg_class r ON r.oid = t.tgrelid
            WHERE p.pronamespace::regnamespace::text IN ('store', 'account', 'report')
        )
        SELECT DISTINCT format('%s: %s: %s', f.name, c.level, c.message)
        FROM function f
        CROSS JOIN LATERAL plpgsql_check.plpgsql_check_function_tb(
            f.oid, f.table_id, fatal_errors => false, performance_warnings => true, security_warnings => true, compatibility_warnings => true) c
        -- An assignment from usd to numeric, from an integer to a bigint. Those that keep an index from being used have another name.
        WHERE c.message <> 'target type is different type than source type'
        """);
}
