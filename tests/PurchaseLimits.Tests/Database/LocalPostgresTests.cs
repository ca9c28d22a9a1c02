using Dapper;
using Npgsql;
using PurchaseLimits.Database;
using Xunit;

namespace PurchaseLimits.Tests.Database;

public sealed partial class LocalPostgresTests : IAsyncLifetime
{
    private readonly string name = $"try-{Guid.NewGuid():N}"[..16];

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(LocalPostgresFolder.Root, name);

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Stops what a failed test left running (nobody uses it, so this is the last one out), then deletes it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (File.Exists(PidFile))
            await (await StartAsync()).DisposeAsync();
        if (Directory.Exists(Folder))
            Directory.Delete(Folder, recursive: true);
    }

    [Fact]
    public async Task It_answers_to_its_password_alone_with_checksums_and_durable_commits()
    {
        await using var postgres = await StartAsync(("max_connections", "33"), ("application_name", @"it's a \ test"));

        await using var connection = new NpgsqlConnection(postgres.ConnectionString());
        async Task<string?> ShowAsync(string setting) => await connection.ExecuteScalarAsync<string>($"SHOW {setting}");
        Assert.Equal("on", await ShowAsync("data_checksums"));
        Assert.Equal("on", await ShowAsync("fsync"));
        Assert.Equal("on", await ShowAsync("synchronous_commit"));
        Assert.Equal("UTF8", await ShowAsync("server_encoding"));
        Assert.Equal("127.0.0.1", await ShowAsync("listen_addresses"));
        Assert.Equal("", await ShowAsync("unix_socket_directories"));
        Assert.Equal("33", await ShowAsync("max_connections"));
        Assert.Equal(["scram-sha-256"], await connection.QueryAsync<string>(
            "SELECT DISTINCT auth_method FROM pg_hba_file_rules"));
        Assert.True(await connection.ExecuteScalarAsync<bool>(
            "SELECT rolpassword LIKE 'SCRAM-SHA-256$%' FROM pg_authid WHERE rolname = 'postgres'"));
        var wrong = new NpgsqlConnectionStringBuilder(postgres.ConnectionString()) { Password = "guess", Pooling = false };
        await using var stranger = new NpgsqlConnection(wrong.ConnectionString);
        Assert.Equal("28P01", (await Assert.ThrowsAsync<PostgresException>(() => stranger.OpenAsync(Cancelled))).SqlState);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Folder, "password")));
        Assert.True(File.Exists(LocalPostgresPrograms.PathOf(postgres.BinDirectory, "pg_ctl")));
    }

    [Theory]
    [InlineData("synchronous_commit")]
    [InlineData("fsync")]
    [InlineData("listen_addresses")]
    [InlineData("x = 1\nfsync")]
    public async Task A_setting_that_is_promised_cannot_be_changed(string setting) =>
        await Assert.ThrowsAsync<ArgumentException>(() => StartAsync((setting, "off")));

    [Theory]
    [InlineData("")]
    [InlineData("../store")]
    [InlineData("a b")]
    public async Task A_name_is_letters_digits_and_hyphens(string bad) =>
        await Assert.ThrowsAsync<ArgumentException>(() => LocalPostgres.StartAsync(new() { Name = bad }, Cancelled));

    [Fact]
    public void Two_clones_have_two_names()
    {
        Assert.Matches("^store-[0-9a-f]{8}$", LocalPostgres.NameFor("store", "a"));
        Assert.Equal(LocalPostgres.NameFor("store", "a"), LocalPostgres.NameFor("store", "b/../a/"));
        Assert.NotEqual(LocalPostgres.NameFor("store", "a"), LocalPostgres.NameFor("store", "b"));
    }

    [Fact]
    public async Task Data_survive_stop_and_start_and_fresh_starts_over()
    {
        await using (var first = await StartAsync())
            await RunAsync(first, "CREATE TABLE kept AS SELECT 1 AS row");
        Assert.False(File.Exists(PidFile));

        string password;
        await using (var second = await StartAsync())
        {
            Assert.Equal(1, await CountAsync(second, "pg_tables WHERE tablename = 'kept'"));
            password = second.Password;
        }
        await using var fresh = await LocalPostgres.StartAsync(new() { Name = name, Fresh = true }, Cancelled);
        Assert.Equal(0, await CountAsync(fresh, "pg_tables WHERE tablename = 'kept'"));
        Assert.NotEqual(password, fresh.Password);
        Assert.Empty(Directory.GetDirectories(Folder, "data-*"));
    }

    [Fact]
    public async Task Throwaway_data_end_with_their_last_user_and_never_wait_for_a_disk()
    {
        await using (var postgres = await LocalPostgres.StartAsync(new() { Name = name, Throwaway = true }, Cancelled))
        {
            await using var other = await LocalPostgres.StartAsync(new() { Name = name, Throwaway = true }, Cancelled);
            Assert.Equal(postgres.ConnectionString(), other.ConnectionString());
            await using var connection = new NpgsqlConnection(postgres.ConnectionString());
            Assert.Equal("off on", await connection.ExecuteScalarAsync<string>("SELECT concat_ws(' ', current_setting('fsync'), current_setting('synchronous_commit'))"));
        }

        Assert.Null(new DirectoryInfo(Path.Combine(Folder, "data")).LinkTarget);
        Assert.False(Directory.Exists(Path.Combine(Folder, "data")));
        await using var durable = await StartAsync();
        await using var another = new NpgsqlConnection(durable.ConnectionString());
        Assert.Equal("on", await another.ExecuteScalarAsync<string>("SHOW fsync"));
    }

    [Fact]
    public async Task Instances_of_one_process_share_the_server_and_the_last_one_out_stops_it()
    {
        var started = await Task.WhenAll(StartAsync(), StartAsync(), StartAsync());
        Assert.Single(started.Select(postgres => postgres.ConnectionString()).Distinct());

        await started[0].DisposeAsync();
        await started[0].DisposeAsync(); // a second time says nothing for the others
        await started[1].DisposeAsync();
        await RunAsync(started[2], "SELECT 1");
        await started[2].DisposeAsync();
        Assert.False(File.Exists(PidFile));
    }

    [Fact]
    public async Task A_second_process_attaches_and_the_last_one_out_stops_it()
    {
        await using var mine = await StartAsync();
        using var other = await LocalPostgresInAnotherProcess.StartAsync(name);
        Assert.Equal(mine.Port, other.Port);

        await mine.DisposeAsync();
        await RunAsync(mine, "SELECT 1");
        await other.EndAsync();
        Assert.False(File.Exists(PidFile));
    }

    [Fact]
    public async Task Fresh_is_refused_while_somebody_uses_the_data()
    {
        await using var used = await StartAsync();
        var refusal = await Assert.ThrowsAsync<LocalPostgresException>(
            () => LocalPostgres.StartAsync(new() { Name = name, Fresh = true }, Cancelled));
        Assert.Contains("another process uses the data", refusal.Message, StringComparison.Ordinal);
        await RunAsync(used, "SELECT 1");
    }

    [Fact]
    public async Task A_failed_start_shows_the_servers_log()
    {
        var failure = await Assert.ThrowsAsync<LocalPostgresException>(() => StartAsync(("shared_buffers", "plenty")));
        Assert.Contains("invalid value for parameter \"shared_buffers\": \"plenty\"", failure.Message, StringComparison.Ordinal);
        await using (var next = await StartAsync())
            await RunAsync(next, "SELECT 1");
        Assert.False(File.Exists(PidFile)); // the failed one does not count as a user
    }

    private string PidFile => Path.Combine(Folder, "data", "postmaster.pid");

    private int PostmasterId() => int.Parse(File.ReadLines(PidFile).First());

    private Task<LocalPostgres> StartAsync(params (string Name, string Value)[] settings) => LocalPostgres.StartAsync(
        new() { Name = name, Settings = settings.ToDictionary(setting => setting.Name, setting => setting.Value) }, Cancelled);

    private static async Task RunAsync(LocalPostgres postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString() + ";Pooling=false");
        await connection.ExecuteAsync(sql);
    }

    private static async Task<long> CountAsync(LocalPostgres postgres, string from)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString() + ";Pooling=false");
        return await connection.ExecuteScalarAsync<long>($"SELECT count(*) FROM {from}");
    }
}
