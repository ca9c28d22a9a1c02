using System.Text.RegularExpressions;
using Dapper;
using Npgsql;
using PurchaseLimits.Database;
using PurchaseLimits.Tests.Support;
using PurchaseLimits.Web;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary>Rules about the schema itself, read from PostgreSQL's catalogue.</summary>
public sealed partial class SchemaRulesTests(PostgresServer server) : StoreTest(server)
{
    /// <summary>
    /// The rows that point at a row are found by an index, without reading the table: by the columns of the foreign key, in any
    /// order, or by those of them that point at a key of the other table, or by a key of this table among them.
    /// </summary>
    [Fact]
    public async Task Every_foreign_key_has_an_index() => Assert.Equal(
        [
            // Says that events of one customer follow each other; no event is ever deleted or updated, so nobody looks for the one
            // after it, and if somebody did, three indexes lead to the customer. Every event would pay: 42 bytes more for each (measured).
            "store.customer_event.customer_event_begins_where_the_last_ended",
        ],
        await QueryAsync<string>(
            """
            WITH foreign_key AS (
                SELECT c.conrelid, c.confrelid, c.conname, c.conkey, c.confkey
                FROM pg_constraint c
                WHERE c.contype = 'f'
                  AND c.connamespace::regnamespace::text IN ('store', 'account', 'migration', 'report')
            ), index AS (
                SELECT
                    i.indrelid,
                    (i.indkey::smallint[])[0:i.indnkeyatts - 1] AS columns, -- from here on they count from 1
                    i.indisunique AND i.indpred IS NULL AS is_key,
                    i.indpred IS NULL AS has_all,
                    -- One that has all rows in which a column is not null has all that point anywhere.
                    (SELECT a.attnum FROM pg_attribute a
                     WHERE a.attrelid = i.indrelid AND pg_get_expr(i.indpred, i.indrelid) = format('(%I IS NOT NULL)', a.attname)) AS present
                FROM pg_index i
                JOIN pg_class r ON r.oid = i.indexrelid
                JOIN pg_am am ON am.oid = r.relam AND am.amname = 'btree'
                WHERE i.indisvalid
            ), wanted AS (
                SELECT f.*, f.conkey AS columns
                FROM foreign_key f
                UNION ALL
                SELECT f.*, (SELECT array_agg(here) FROM unnest(f.conkey, f.confkey) AS pair (here, there) WHERE there = ANY (key.columns))
                FROM foreign_key f
                JOIN index key ON key.indrelid = f.confrelid AND key.is_key AND key.columns <@ f.confkey
            )
            SELECT format('%s.%s', f.conrelid::regclass, f.conname)
            FROM foreign_key f
            WHERE NOT EXISTS (
                SELECT
                FROM wanted w
                JOIN index i ON i.indrelid = w.conrelid
                WHERE w.conrelid = f.conrelid
                  AND w.conname = f.conname
                  AND (i.has_all OR i.present = ANY (f.conkey))
                  AND (i.columns[1:cardinality(w.columns)] @> w.columns OR i.is_key AND i.columns <@ f.conkey))
            """));

    [Fact]
    public async Task No_amount_may_be_null() => Assert.Empty(await QueryAsync<string>(
        """
        SELECT format('%s.%s', a.attrelid::regclass, a.attname)
        FROM pg_attribute a
        JOIN pg_class r ON r.oid = a.attrelid AND r.relkind = 'r'
        WHERE a.atttypid = 'store.usd'::regtype
          AND NOT a.attnotnull
        """));

    [Fact]
    public async Task No_amount_is_kept_in_another_type() => Assert.Empty(await QueryAsync<string>(
        """
        SELECT format('%s.%s %s', a.attrelid::regclass, a.attname, a.atttypid::regtype)
        FROM pg_attribute a
        JOIN pg_class r ON r.oid = a.attrelid AND r.relkind = 'r'
        WHERE r.relnamespace = 'store'::regnamespace
          AND a.attnum > 0
          AND a.atttypid IN ('numeric'::regtype, 'real'::regtype, 'double precision'::regtype, 'money'::regtype, 'integer'::regtype)
        """));

    [Fact]
    public async Task Every_key_of_a_customers_table_begins_with_the_customer() => Assert.Empty(await QueryAsync<string>(
        """
        SELECT format('%s.%s', c.conrelid::regclass, c.conname)
        FROM pg_constraint c
        JOIN pg_attribute customer ON customer.attrelid = c.conrelid AND customer.attname = 'customer_id'
        WHERE c.connamespace = 'store'::regnamespace
          AND (c.contype IN ('p', 'u') AND c.conkey[1] <> customer.attnum
               -- A foreign key begins with the customer too, or points at a reference table.
               OR c.contype = 'f' AND c.conkey[1] <> customer.attnum
                  AND c.confrelid::regclass::text NOT IN ('store.product', 'store.product_price', 'store.purchase_status_change',
                                                          'store.limit_window', 'store.limit_import'))
        """));

    /// <summary>
    /// What a role may call runs as the owner with a search path of its own. What such a function calls has none: it runs in
    /// its caller's, and nobody else may call it.
    /// </summary>
    [Fact]
    public async Task Functions_run_as_their_owner_with_a_fixed_search_path_and_are_nobodys_by_default() => Assert.Empty(await QueryAsync<string>(
        """
        SELECT p.oid::regprocedure::text
        FROM pg_proc p
        CROSS JOIN LATERAL (
            SELECT bool_or(has_function_privilege(role, p.oid, 'EXECUTE')) AS may_execute
            FROM unnest(ARRAY['store_web', 'store_admin', 'store_worker']) AS r (role)
        ) anybody
        WHERE p.pronamespace::regnamespace::text IN ('store', 'account', 'report')
          AND (p.proowner::regrole::text <> 'store_owner'
               OR has_function_privilege('public', p.oid, 'EXECUTE')
               -- What is immutable reads nothing.
               OR anybody.may_execute AND NOT p.prosecdef AND p.provolatile <> 'i'
               OR (p.prosecdef OR p.prorettype = 'trigger'::regtype)
                  AND NOT coalesce(array_to_string(p.proconfig, ';') ~ 'search_path=([a-z_]+, )*pg_temp', false))
        """));

    [Fact]
    public async Task Everything_is_the_owners() => Assert.Empty(await QueryAsync<string>(
        """
        SELECT c.oid::regclass::text
        FROM pg_class c
        WHERE c.relnamespace::regnamespace::text IN ('store', 'account', 'migration', 'report')
          AND c.relowner::regrole::text <> 'store_owner'
        """));

    [Theory]
    [InlineData(typeof(PurchaseOutcome), "place_purchases", "request_purchase", "judge_purchase")]
    [InlineData(typeof(CancelOutcome), "cancel_purchase")]
    [InlineData(typeof(ApprovalOutcome), "ask_approval")]
    [InlineData(typeof(ApproveOutcome), "approve_purchase")]
    [InlineData(typeof(DeclineOutcome), "decline_purchase")]
    [InlineData(typeof(RefundOutcome), "refund_purchase", "find_refund")]
    [InlineData(typeof(ResumeOutcome), "resume_purchase")]
    [InlineData(typeof(LimitChangeOutcome), "change_limit", "lower_own_limit", "refuse_limit")]
    [InlineData(typeof(LimitEndOutcome), "end_limit_change", "end_own_limit_change", "refuse_limit")]
    [InlineData(typeof(LimitRaiseOutcome), "request_limit")]
    [InlineData(typeof(LimitApprovalOutcome), "approve_limit_request")]
    [InlineData(typeof(LimitRequestClosedOutcome), "close_limit_request")]
    [InlineData(typeof(FreezeOutcome), "freeze_customer")]
    [InlineData(typeof(ReleaseOutcome), "release_customer")]
    [InlineData(typeof(ProofBeginning), "begin_proof")]
    [InlineData(typeof(ProofRequestOutcome), "request_proof")]
    [InlineData(typeof(SettingsChangeOutcome), "change_settings")]
    [InlineData(typeof(PriceOutcome), "set_price", "record_price")]
    [InlineData(typeof(AccountOutcome), "open_account")]
    [InlineData(typeof(ProductCreationOutcome), "create_product")]
    [InlineData(typeof(ProductChangeOutcome), "change_product")]
    [InlineData(typeof(ProductWithdrawalOutcome), "withdraw_product")]
    [InlineData(typeof(ProductRestorationOutcome), "restore_product")]
    [InlineData(typeof(PriceTakeBackOutcome), "take_back_price")]
    [InlineData(typeof(PriceImportStagingOutcome), "stage_price_import")]
    [InlineData(typeof(PriceImportConfirmationOutcome), "confirm_price_import")]
    [InlineData(typeof(PriceImportCancellationOutcome), "cancel_price_import")]
    [InlineData(typeof(PriceImportBeginning), "begin_price_import")]
    [InlineData(typeof(PriceImportStep), "import_prices")]
    [InlineData(typeof(PriceImportEndOutcome), "end_price_import")]
    [InlineData(typeof(LimitImportStagingOutcome), "stage_limit_import")]
    [InlineData(typeof(LimitImportConfirmationOutcome), "confirm_limit_import")]
    [InlineData(typeof(LimitImportCancellationOutcome), "cancel_limit_import")]
    [InlineData(typeof(LimitImportAnnouncement), "announce_limit_import")]
    [InlineData(typeof(LimitImportSwitch), "switch_limit_import")]
    [InlineData(typeof(LimitImportFinish), "finish_limit_import")]
    public void Outcomes_in_SQL_and_in_C_sharp_are_the_same(Type outcomes, params string[] functions)
    {
        // A function in plain SQL has no assignments: all that it answers counts.
        var inSql = functions.Select(function => Script.Named($"functions/{function}.sql").Text)
            .SelectMany(text => text.Contains("LANGUAGE sql", StringComparison.Ordinal) ? [text] : Assignment().Matches(text).Select(assignment => assignment.Value))
            .SelectMany(text => Literal().Matches(text).Select(literal => literal.Groups[1].Value.Replace("_", "", StringComparison.Ordinal)))
            .Distinct();

        // InDoubt is what only the caller can know, and Busy in most cases.
        var inCSharp = Enum.GetNames(outcomes).Except(["Busy", "InDoubt"]).Select(name => name.ToLowerInvariant());

        Assert.Equal(inCSharp.Order(), inSql.Except(["busy"]).Order());
    }

    [Fact]
    public async Task The_committed_dump_makes_the_schema_on_this_version_and_is_its_text_on_the_oldest()
    {
        var committed = (await File.ReadAllTextAsync(Path.Combine(Repository.Root, "db", "schema.sql"), Cancelled)).ReplaceLineEndings("\n");
        var copy = await Server.CreateEmptyAsync();
        try
        {
            // As pg_dump's own script begins: no name is looked up, no body is checked before what it needs is there.
            var session = new NpgsqlConnectionStringBuilder(Server.ConnectionString(copy)) { Pooling = false, Options = "-c search_path= -c check_function_bodies=off" };
            await using var connection = new NpgsqlConnection(session.ConnectionString);
            await connection.ExecuteAsync("CREATE SCHEMA extension AUTHORIZATION store_owner; CREATE EXTENSION btree_gist SCHEMA extension; CREATE EXTENSION pg_trgm SCHEMA extension");
            await connection.ExecuteAsync(committed);
            await connection.ExecuteAsync(Script.Named("roles/roles.sql").Text);
            await using var original = await Superuser.OpenConnectionAsync(Cancelled);
            var expected = await SchemaDrift.DescribeAsync(original);
            var actual = await SchemaDrift.DescribeAsync(connection);
            Assert.True(expected.Count > 1000);
            Assert.Equal((Array.Empty<KeyValuePair<string, string>>(), Array.Empty<KeyValuePair<string, string>>()), (expected.Except(actual).Where(InDump).ToArray(), actual.Except(expected).ToArray()));
        }
        finally
        {
            await Server.DropAsync(copy);
        }

        // What is said of every schema is in the dump of none.
        static bool InDump(KeyValuePair<string, string> thing) => !thing.Key.StartsWith("rights on default rights of store_owner for f in every schema", StringComparison.Ordinal);

        // Another major version writes the same schema down in other words.
        if (await ScalarAsync<int>("SELECT current_setting('server_version_num')::int / 10000") == 15)
            Assert.True(committed == await Server.DumpSchemaAsync(Database), "db/schema.sql is stale; db/README.md says how to write it again.");
    }

    [GeneratedRegex("(outcome (text )?:=|RETURN CASE) [^;]+;")]
    private static partial Regex Assignment();

    [GeneratedRegex(@"(?::=|THEN|ELSE)\s+'([a-z_]+)'")]
    private static partial Regex Literal();
}
