using System.Diagnostics;
using System.Text.RegularExpressions;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Db;

/// <summary><c>.ci/lint</c>, run on small repositories with mistakes planted in them, each found with file and line.</summary>
/// <remarks>It asks no server anything, so the run on one is enough.</remarks>
[Trait("Server", "15")]
public sealed partial class MigrationLintTests : IAsyncLifetime
{
    // What a previous release might have left: tables in use, an index, and a domain with rules.
    private const string Landed1 = "CREATE DOMAIN store.usd AS numeric NOT NULL CHECK (value >= 0);\n";
    private const string Landed2 = "CREATE TABLE store.p (a bigint NOT NULL, b text);\nCREATE TABLE store.q (a bigint PRIMARY KEY);\nCREATE INDEX p_a_idx ON store.p (a);\n";

    private readonly string _root = Directory.CreateTempSubdirectory("lint-").FullName;

    public async ValueTask InitializeAsync()
    {
        // In CI .ci/lint installs it.
        Programs.SkipWithout("npm", "The lint of migrations");
        Write("0001_create_domain.sql", Landed1);
        Write("0002_create_tables.sql", Landed2);
        await RunAsync("git", "init", "--quiet", _root);
        await CommitAsync();
        await File.WriteAllTextAsync(Path.Combine(_root, "db", "release"), "1\n");
        await File.WriteAllTextAsync(Path.Combine(_root, "db", "previous_release"), $"# The previous one.\n{(await GitAsync("rev-parse", "HEAD")).Trim()}\n");
    }

    public ValueTask DisposeAsync()
    {
        // Git writes its objects read-only.
        foreach (var file in new DirectoryInfo(_root).EnumerateFiles("*", SearchOption.AllDirectories))
            file.Attributes = FileAttributes.Normal;
        Directory.Delete(_root, recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Every_mistake_is_found_with_its_file_and_line()
    {
        (string Sql, string Found)[] mistakes =
        [
            // What squawk knows.
            ("ALTER TABLE store.p ADD COLUMN c uuid DEFAULT gen_random_uuid();", "1: adding-field-with-default"),
            ("ALTER TABLE store.p\n    ADD COLUMN c text,\n    ADD COLUMN d bigint NOT NULL;", "3: adding-required-field"),
            ("ALTER TABLE store.p ALTER COLUMN b SET NOT NULL;", "1: adding-not-nullable-field"),
            ("ALTER TABLE store.p ALTER COLUMN a TYPE numeric;", "1: changing-column-type"),
            ("-- Why.\n\nALTER TABLE store.p ADD CONSTRAINT c CHECK (a > 0);", "3: constraint-missing-not-valid"),
            ("ALTER TABLE store.p ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES store.q;", "1: constraint-missing-not-valid, 1: adding-foreign-key-constraint"),
            ("ALTER TABLE store.p ADD CONSTRAINT c UNIQUE (a);", "1: constraint-missing-not-valid, 1: disallowed-unique-constraint"),
            ("ALTER TABLE store.p ADD CONSTRAINT c EXCLUDE USING gist (a WITH =);", "1: constraint-missing-not-valid"),
            ("ALTER TABLE store.p ADD CONSTRAINT c CHECK (a > 0) NOT VALID;\nALTER TABLE store.p VALIDATE CONSTRAINT c;", "2: constraint-missing-not-valid"),
            ("CREATE INDEX p_b_idx ON store.p (b);", "1: require-concurrent-index-creation"),
            ("DROP INDEX store.p_a_idx;", "1: require-concurrent-index-deletion"),
            ("REINDEX TABLE store.p;", "1: require-concurrent-reindex"),
            ("CREATE INDEX CONCURRENTLY IF NOT EXISTS p_b_idx ON store.p (b);", "1: needs-no-transaction"),
            ("SELECT 1;\nCOMMIT;", "2: transaction-nesting"),
            ("BEGIN;\nSELECT 1;", "1: transaction-nesting, 1: ban-uncommitted-transaction"),
            ("CREATE TABLE store.r (c timestamp, d integer);", "1: prefer-timestamp-tz, 1: prefer-bigint-over-int"),
            ("CREATE TABLE r (c bigint);", "1: require-table-schema"),
            ("CREATE DOMAIN store.percent AS numeric CHECK (value <= 100);", "1: ban-create-domain-with-constraint"),
            ("SELECT 1;\n\nSELECT 'the next' FRM store.p p;", "3: syntax-error"),

            // What older web builds miss.
            ("ALTER TABLE store.p DROP COLUMN b;", "1: ban-drop-column"),
            ("DROP TABLE store.q;", "1: ban-drop-table"),
            ("ALTER TABLE store.p RENAME COLUMN a TO b;", "1: renaming-column"),
            ("ALTER TABLE store.p RENAME TO s;", "1: renaming-table"),
            ("ALTER TABLE store.p ALTER COLUMN a DROP NOT NULL;", "1: ban-drop-not-null"),
            ("ALTER TABLE store.p ALTER COLUMN a DROP DEFAULT;", "1: breaks-older-web"),
            ("DROP FUNCTION IF EXISTS store.f(bigint);", "1: breaks-older-web"),
            ("DROP VIEW store.v;", "1: breaks-older-web"),
            ("ALTER FUNCTION store.f RENAME TO g;", "1: breaks-older-web"),
            ("ALTER TABLE store.p SET SCHEMA account;", "1: breaks-older-web"),

            // What only this repository knows: its migrator, and its domain.
            ("SET lock_timeout = 0;", "1: session-setting"),
            ("SET LOCAL lock_timeout = '1min';", "1: session-setting"),
            ("SET LOCAL statement_timeout = 0;", "1: session-setting"),
            ("SELECT set_config('lock_timeout', '0', true);", "1: session-setting"),
            ("SET search_path = store;", "1: session-setting"),
            ("RESET ALL;", "1: session-setting"),
            ("DISCARD ALL;", "1: session-setting"),
            ("DO $$ BEGIN EXECUTE 'ALTER TABLE store.p ADD COLUMN c text'; END $$;", "1: do-block"),
            ("DROP INDEX CONCURRENTLY IF EXISTS store.p_a_idx;", "1: needs-no-transaction"),
            ("REINDEX TABLE CONCURRENTLY store.p;", "1: needs-no-transaction"),
            ("VACUUM store.p;", "1: needs-no-transaction"),
            ("-- no-transaction\nCREATE INDEX CONCURRENTLY p_b_idx ON store.p (b);", "2: no-transaction"),
            ("-- no-transaction\nCREATE INDEX CONCURRENTLY IF NOT EXISTS p_b_idx ON store.p (b);\nANALYZE store.p;", "3: no-transaction"),
            ("-- no-transaction\nINSERT INTO store.p (a) VALUES (1);", "2: no-transaction"),
            ("-- no-transaction\n", "1: no-transaction"),
            ("-- no-transaction\nVACUUM (FULL) store.p;", "2: rewrites-table"),
            ("-- no-transactions\nSELECT 1;", "1: header"),
            ("-- breaks-older-web\nDROP TABLE store.q;", "1: header, 2: ban-drop-table"),
            ("SELECT 1;\n-- no-transaction\n", "2: header"),
            ("-- Why.\n\n-- breaks-older-web: nothing reads q.\nDROP TABLE store.q;", "3: header, 4: ban-drop-table"),
            ("CLUSTER store.p USING p_a_idx;", "1: rewrites-table"),
            ("ALTER TABLE store.p SET UNLOGGED;", "1: rewrites-table"),
            ("ALTER TABLE store.p\n    ADD COLUMN c store.usd NOT NULL DEFAULT 0;", "2: rewrites-table"),
            ("ALTER TABLE store.p ADD COLUMN c bigint CHECK (c > 0);", "1: column-with-check"),
            ("UPDATE store.p SET b = '';", "1: whole-table-write"),
            ("WITH gone AS (\n    DELETE FROM store.p\n    RETURNING a\n)\nSELECT count(*) FROM gone;", "2: whole-table-write"),
            ("TRUNCATE store.p;", "1: whole-table-write"),
            ("CREATE TABLE store.r (\n    c money,\n    d real,\n    e float\n);", "2: column-type, 3: column-type, 4: column-type"),

            // Exceptions.
            ("-- lint-allow whole-table-write\nUPDATE store.p SET b = '';", "1: lint-allow, 2: whole-table-write"),
            ("-- squawk-ignore renaming-table\nALTER TABLE store.p RENAME TO s;", "1: lint-allow"),
            ("-- lint-allow whole-table-write: it was short once.\nUPDATE store.p SET b = '' WHERE a = 1;", "1: lint-allow"),
            ("-- lint-allow session-setting: it takes long.\nSET LOCAL lock_timeout = 0;", "1: lint-allow, 2: session-setting"),
        ];
        for (var i = 0; i < mistakes.Length; i++)
            Write($"{i + 3:0000}_plant_mistake.sql", mistakes[i].Sql);

        var (exitCode, found, error) = await LintAsync();

        var expected = mistakes.SelectMany((mistake, i) => mistake.Found.Split(", ").Select(what => $"db/migrations/{i + 3:0000}_plant_mistake.sql:{what}"));
        Assert.Empty(expected.Except(found).Select(missed => $"not found: {missed}").Concat(found.Except(expected).Select(surplus => $"found besides: {surplus}")));
        Assert.Equal(1, exitCode);
        Assert.Contains("problems in migrations", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_done_right_passes()
    {
        string[] scripts =
        [
            "ALTER TABLE store.p ADD COLUMN c timestamptz NOT NULL DEFAULT now(), ADD COLUMN d text;",
            "ALTER TABLE store.p ADD CONSTRAINT p_b_is_there CHECK (b IS NOT NULL) NOT VALID;",
            "ALTER TABLE store.p VALIDATE CONSTRAINT p_b_is_there;\nALTER TABLE store.p ALTER COLUMN b SET NOT NULL;",
            "-- no-transaction\n-- Why it is there.\nCREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS p_a_key ON store.p (a);",
            "ALTER TABLE store.p ADD CONSTRAINT p_a_key UNIQUE USING INDEX p_a_key;",
            "-- no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS store.p_a_idx;",
            "-- no-transaction\nREINDEX TABLE CONCURRENTLY store.p;",
            "-- no-transaction\nVACUUM (FULL off, ANALYZE) store.p;",
            "-- no-transaction\nALTER TYPE store.kind ADD VALUE IF NOT EXISTS 'new' AFTER 'old';",
            "ANALYZE store.p;\nSET LOCAL work_mem = '64MB';\nUPDATE store.p SET b = '' WHERE b IS NULL;",
            // Nobody knows these yet.
            "CREATE TABLE store.r (a bigint PRIMARY KEY, c store.usd NOT NULL);\nALTER TABLE store.r ADD CONSTRAINT r_a_fkey FOREIGN KEY (a) REFERENCES store.q;",
            "CREATE INDEX r_c_idx ON store.r (c);\nALTER TABLE store.r ADD COLUMN d store.usd NOT NULL DEFAULT 0;\nALTER TABLE store.r RENAME COLUMN a TO e;",
            "DROP INDEX store.r_c_idx;\nUPDATE store.r SET d = 1;\nDROP TABLE store.r;",
            "-- breaks-older-web: nothing reads b any more since the release before.\nALTER TABLE store.p DROP COLUMN b;\nDROP FUNCTION store.f(bigint);",
            "-- lint-allow constraint-missing-not-valid: one row.\nALTER TABLE store.p ADD CONSTRAINT p_one_row CHECK (a = 1);",
            // Strings, comments and bodies are none of its business. As many bytes as ö, … and € take, lines are lines.
            "/* BEGIN; … */ SELECT 'RESET ALL; -- no-transaction €';\nCREATE FUNCTION store.g() RETURNS void LANGUAGE plpgsql AS $b$\nBEGIN\n    -- no-transaction\n    DELETE FROM store.p;\nEND\n$b$;",
        ];
        for (var i = 0; i < scripts.Length; i++)
            Write($"{i + 3:0000}_do_right.sql", scripts[i]);

        var (exitCode, found, error) = await LintAsync();

        Assert.Empty(found);
        Assert.Equal((0, ""), (exitCode, error));
    }

    [Fact]
    public async Task What_landed_stays_as_it_was()
    {
        Write("0001_create_domain.sql", Landed1 + "SELECT 1;\n");
        Write("0002_create_tables.sql", Landed2.Replace("CREATE INDEX", "CREATE UNIQUE INDEX", StringComparison.Ordinal));
        await CommitAsync();

        Assert.Equal(["db/migrations/0001_create_domain.sql:2: landed-edited", "db/migrations/0002_create_tables.sql:3: landed-edited"], (await LintAsync()).Found);

        Write("0001_create_domain.sql", Landed1);
        File.Delete(Path.Combine(_root, "db", "migrations", "0002_create_tables.sql"));

        Assert.Equal(["db/migrations/0002_create_tables.sql:1: landed-missing"], (await LintAsync()).Found);
    }

    [Fact]
    public async Task Numbers_go_on_without_gaps()
    {
        foreach (var name in new[] { "0002_again.sql", "0002_do_again.sql", "0003_do_one.sql", "0004_do_one.sql", "0004_do_other.sql", "0006_do_one.sql", "0007_Do_one.sql", "notes.txt" })
            Write(name, "SELECT 1;\n");

        Assert.Equal(
            [
                "db/migrations/0002_again.sql:1: name", "db/migrations/0002_do_again.sql:1: number", "db/migrations/0004_do_other.sql:1: number",
                "db/migrations/0006_do_one.sql:1: number", "db/migrations/0007_Do_one.sql:1: name", "db/migrations/notes.txt:1: name",
            ],
            (await LintAsync()).Found);
    }

    [Theory]
    [InlineData("7332f0ba", "must hold one line with the full id")]
    [InlineData("0123456789012345678901234567890123456789", "is not in this clone. Fetch the whole history")]
    public async Task A_previous_release_that_is_not_there_is_an_error(string release, string expected)
    {
        await File.WriteAllTextAsync(Path.Combine(_root, "db", "previous_release"), release + "\n", TestContext.Current.CancellationToken);

        var (exitCode, found, error) = await LintAsync();

        Assert.Equal(1, exitCode);
        Assert.Empty(found);
        Assert.Contains(expected, error, StringComparison.Ordinal);
        Assert.Single(error.Trim().Split('\n'));
    }

    private void Write(string name, string sql)
    {
        var folder = Directory.CreateDirectory(Path.Combine(_root, "db", "migrations"));
        File.WriteAllText(Path.Combine(folder.FullName, name), sql);
    }

    private async Task CommitAsync()
    {
        await GitAsync("add", "--all");
        await GitAsync("-c", "user.name=Test", "-c", "user.email=test@example.com", "-c", "commit.gpgsign=false", "commit", "--quiet", "--message=As it was");
    }

    private async Task<string> GitAsync(params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync("git", ["-C", _root, .. arguments]);
        Assert.True(exitCode == 0, error);
        return output;
    }

    /// <summary>What it finds, each as "file:line: rule".</summary>
    private async Task<(int ExitCode, string[] Found, string Error)> LintAsync()
    {
        var (exitCode, output, error) = await RunAsync(Path.Combine(Repository.Root, ".ci", "lint"), _root);
        return (exitCode, [.. Finding().Matches(output).Select(finding => finding.Value)], error);
    }

    private static Task<(int ExitCode, string Output, string Error)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments);
        start.Environment.Remove("GITHUB_ACTIONS");
        return Programs.RunAsync(start);
    }

    [GeneratedRegex("^db/migrations/[^:]+:[0-9]+: [a-z-]+(?=:)", RegexOptions.Multiline)]
    private static partial Regex Finding();
}
