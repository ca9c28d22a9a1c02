using System.Text.Json;
using PurchaseLimits.Tests.Support;
using Xunit;

namespace PurchaseLimits.Tests.Containers;

/// <summary>
/// A Dockerfile of ours, read and followed without an engine: the files that it copies and no others are laid out, the commands
/// that it runs are run, and what it would start is started as it would be.
/// </summary>
internal sealed class Dockerfile
{
    private readonly List<(string Instruction, string Value)> _steps = [];

    /// <param name="path">Below the repository.</param>
    public Dockerfile(string path)
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, path)).Replace("\\\n", " ", StringComparison.Ordinal);
        foreach (var line in text.Split('\n').Where(line => line.Length > 0 && line[0] != '#'))
        {
            var parts = line.Split(' ', 2, StringSplitOptions.TrimEntries);
            _steps.Add((parts[0], parts.Length > 1 ? parts[1] : ""));
        }
    }

    /// <summary>What the last stage says: ENTRYPOINT, CMD, USER and so on; null where it does not.</summary>
    public string? Last(string instruction)
    {
        var last = _steps.Skip(_steps.FindLastIndex(step => step.Instruction == "FROM")).LastOrDefault(step => step.Instruction == instruction);
        return last.Value;
    }

    /// <summary>ENTRYPOINT and what follows it.</summary>
    public IReadOnlyList<string> Entrypoint => JsonSerializer.Deserialize<string[]>(Last("ENTRYPOINT")!)!;

    /// <summary>The command of HEALTHCHECK; null where there is none.</summary>
    public IReadOnlyList<string>? HealthCheck =>
        Last("HEALTHCHECK") is { } check && check.IndexOf("CMD ", StringComparison.Ordinal) is >= 0 and var at ? JsonSerializer.Deserialize<string[]>(check[(at + 4)..]) : null;

    public IEnumerable<(string Name, string Value)> Environment => _steps.Where(step => step.Instruction == "ENV")
        .SelectMany(step => step.Value.Split(' ')).Select(pair => (pair.Split('=', 2)[0], pair.Split('=', 2)[1]));

    /// <summary>Follows the build stage.</summary>
    /// <param name="folder">Where: what the image calls /source and /app are folders in it.</param>
    /// <returns>The folder that the image has at /app.</returns>
    public async Task<string> BuildAsync(string folder)
    {
        var (source, app) = (Path.Combine(folder, "source"), Path.Combine(folder, "app"));
        Directory.CreateDirectory(source);
        var arguments = new Dictionary<string, string>();
        // The last stage takes /app from this one and adds nothing else.
        foreach (var (instruction, rest) in _steps.TakeWhile((step, position) => position == 0 || step.Instruction != "FROM"))
        {
            switch (instruction)
            {
                case "FROM" or "WORKDIR":
                    break;
                case "ARG":
                    arguments.Add(rest.Split('=', 2)[0], rest.Split('=', 2)[1]);
                    break;
                case "COPY":
                    var names = rest.Split(' ');
                    foreach (var name in names[..^1])
                        Copy(name.TrimEnd('/'), Path.Combine(source, names[^1]));
                    break;
                case "RUN":
                    var command = rest.Replace("/app", app, StringComparison.Ordinal);
                    foreach (var (name, value) in arguments)
                        command = command.Replace($"${name}", value, StringComparison.Ordinal);
                    await RunAsync(command, source);
                    break;
                default:
                    Assert.Fail($"{instruction} is not known here: teach this test what it means.");
                    break;
            }
        }

        return app;
    }

    // What git knows, as a clone has it: .dockerignore keeps all else out.
    private static void Copy(string name, string destination)
    {
        var from = Path.Combine(Repository.Root, name);
        if (File.Exists(from))
        {
            Directory.CreateDirectory(destination);
            File.Copy(from, Path.Combine(destination, Path.GetFileName(name)), overwrite: true);
            return;
        }

        Assert.True(Directory.Exists(from), $"COPY {name}: there is no such thing.");
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var path = Path.GetRelativePath(from, file);
            if (path.Split(Path.DirectorySeparatorChar).Any(part => part is "bin" or "obj"))
                continue;
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(destination, path))!);
            File.Copy(file, Path.Combine(destination, path), overwrite: true);
        }
    }

    // Servers of the compiler that stay would be met by other builds.
    private static Task<string> RunAsync(string command, string folder) =>
        Programs.SucceedAsync(new("sh", ["-c", $"{command} -p:UseSharedCompilation=false -nodeReuse:false"]) { WorkingDirectory = folder });
}
