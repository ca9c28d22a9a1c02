using System.Security.Cryptography;

namespace PurchaseLimits.Database;

/// <summary>
/// One private server's folder. In it: <c>data</c>, <c>password</c>, <c>server.log</c>, and two lock files that are
/// never deleted, for two processes would then hold locks on different files of one name.
/// </summary>
internal sealed class LocalPostgresFolder
{
    private const UnixFileMode OwnerAll = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode OthersEnter =
        UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherExecute;

    private LocalPostgresFolder(string path) => Path = path;

    /// <summary>Where all private servers of this account are.</summary>
    public static string Root => !LocalPostgresAccount.IsRoot
        ? System.IO.Path.Combine(Environment.GetFolderPath(
            Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "PurchaseLimits")
        : "/var/lib/purchase-limits"; // root's home is closed to the account that runs the server

    public string Path { get; }

    public string Data => System.IO.Path.Combine(Path, "data");

    public string Log => System.IO.Path.Combine(Path, "server.log");

    public string PasswordFile => System.IO.Path.Combine(Path, "password");

    /// <summary>The PostgreSQL that made the data, or null when there are none.</summary>
    public int? MajorVersion =>
        File.Exists(System.IO.Path.Combine(Data, "PG_VERSION"))
            ? int.Parse(File.ReadAllText(System.IO.Path.Combine(Data, "PG_VERSION")))
            : null;

    /// <summary>Makes the folder where it does not exist, closed to others.</summary>
    public static LocalPostgresFolder Open(string name)
    {
        var folder = new LocalPostgresFolder(System.IO.Path.Combine(Root, name));
        try
        {
            Directory.CreateDirectory(Root);
            if (LocalPostgresAccount.IsRoot && !OperatingSystem.IsWindows()) // whatever root's umask is
                File.SetUnixFileMode(Root, OwnerAll | OthersEnter);
            if (Directory.Exists(folder.Path))
                return folder;
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(folder.Path);
            else
                Directory.CreateDirectory(folder.Path, OwnerAll);
            return folder;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new LocalPostgresException(
                $"Cannot make a folder for a private PostgreSQL server: {exception.Message} " +
                "Set HOME (or XDG_DATA_HOME) to a folder that this user may write.", exception);
        }
    }

    /// <summary>Alone in starting and stopping this server, after up to a minute's wait; null when it was in vain.</summary>
    public async Task<FileStream?> TakeStartLockAsync(CancellationToken cancellationToken)
    {
        var until = DateTime.UtcNow.AddSeconds(60);
        while (true)
        {
            if (TryLock("start.lock", alone: true) is { } taken)
                return taken;
            if (DateTime.UtcNow > until)
                return null;
            await Task.Delay(50, cancellationToken);
        }
    }

    /// <summary>Says "I use this server" until disposed, or until this process ends however it ends.</summary>
    /// <remarks>Call it holding the start lock: only then can nobody be in <see cref="TryUseAlone"/>.</remarks>
    public FileStream Use() => TryLock("users.lock", alone: false)
        ?? throw new LocalPostgresException($"{Path} is locked by a program that is not PurchaseLimits.");

    /// <summary>Null when anybody uses the server, an instance of this same process included.</summary>
    public FileStream? TryUseAlone() => TryLock("users.lock", alone: true);

    /// <summary>Moved away before it is deleted, so that a kill in the middle leaves no half of it.</summary>
    public void DeleteData()
    {
        if (new DirectoryInfo(Data).LinkTarget is { } inMemory)
        {
            if (Directory.Exists(inMemory))
                Directory.Delete(inMemory, recursive: true);
            File.Delete(Data); // the link, which is no folder any more
        }
        if (Directory.Exists(Data))
            Directory.Move(Data, $"{Data}-{Guid.NewGuid():N}");
        foreach (var old in Directory.GetDirectories(Path, "data-*"))
            Directory.Delete(old, recursive: true);
    }

    /// <summary>
    /// A new folder in memory for data, which <see cref="KeepInMemory"/> makes this server's; null where the system has no
    /// file system for that, or too little memory for a database of tests (containers often have 64 MB of it).
    /// </summary>
    public static string? NewInMemory()
    {
        const long enough = 3L << 30;
        var memory = new DriveInfo("/dev/shm");
        return OperatingSystem.IsLinux() && memory is { IsReady: true, DriveFormat: "tmpfs" } && memory.AvailableFreeSpace >= enough
            && GC.GetGCMemoryInfo().TotalAvailableMemoryBytes >= 2 * enough
            ? $"{memory.RootDirectory}/purchase-limits-{Guid.NewGuid():N}"
            : null;
    }

    /// <summary>Makes finished data in memory this server's.</summary>
    public void KeepInMemory(string data) => Directory.CreateSymbolicLink(Data, data);

    public string ReadPassword() => File.ReadAllText(PasswordFile);

    /// <summary>A new random password, in a file that only the server's account (and root) may read.</summary>
    public async Task MakePasswordAsync()
    {
        File.Delete(PasswordFile);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using (var writer = new StreamWriter(PasswordFile, options))
            await writer.WriteAsync(RandomNumberGenerator.GetHexString(48, lowercase: true));
    }

    public string LogTail()
    {
        if (!File.Exists(Log))
            return "(no server log)";
        using var reader = new StreamReader(new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        return string.Join('\n', reader.ReadToEnd().TrimEnd().Split('\n').TakeLast(15));
    }

    // .NET locks the file itself (flock on Unix, the sharing mode on Windows): exclusively for FileShare.None, shared
    // for reading with FileShare.Read. Each opening is a lock of its own, so two instances in one process count as two.
    // The kernel lets go when the process ends, and child processes do not inherit it.
    private FileStream? TryLock(string name, bool alone)
    {
        try
        {
            return new FileStream(
                System.IO.Path.Combine(Path, name),
                FileMode.OpenOrCreate,
                alone ? FileAccess.ReadWrite : FileAccess.Read,
                alone ? FileShare.None : FileShare.Read);
        }
        catch (IOException exception) when (exception.HResult is 11 or 35 or unchecked((int)0x80070020))
        {
            return null; // EWOULDBLOCK of Linux, of macOS; ERROR_SHARING_VIOLATION
        }
    }
}
