using PurchaseLimits.Tests.Support;
using YamlDotNet.RepresentationModel;

namespace PurchaseLimits.Tests.Containers;

/// <summary><c>docker-compose.yml</c>, read.</summary>
internal sealed class ComposeFile
{
    private readonly YamlMappingNode _root;

    public ComposeFile()
    {
        var yaml = new YamlStream();
        using var reader = new StringReader(Text);
        yaml.Load(reader);
        _root = (YamlMappingNode)yaml.Documents[0].RootNode;
    }

    public static string Text => File.ReadAllText(Path.Combine(Repository.Root, "docker-compose.yml"));

    public IEnumerable<string> Services => Keys((YamlMappingNode)_root["services"]);

    public YamlMappingNode Service(string name) => (YamlMappingNode)_root["services"][name];

    /// <summary>Secret to the file that holds it, below the repository.</summary>
    public IReadOnlyDictionary<string, string> Secrets =>
        ((YamlMappingNode)_root["secrets"]).Children.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value["file"].ToString());

    public IReadOnlyDictionary<string, string> Environment(string service) =>
        ((YamlMappingNode)Service(service)["environment"]).Children.ToDictionary(pair => pair.Key.ToString(), pair => pair.Value.ToString());

    public IReadOnlyList<string> List(string service, string key) =>
        Service(service).Children.TryGetValue(new YamlScalarNode(key), out var list) ? [.. ((YamlSequenceNode)list).Select(item => item.ToString())] : [];

    public string? Scalar(string service, params string[] path)
    {
        YamlNode node = Service(service);
        foreach (var key in path)
        {
            if (node is not YamlMappingNode mapping || !mapping.Children.TryGetValue(new YamlScalarNode(key), out var next))
                return null;
            node = next;
        }

        return node.ToString();
    }

    private static IEnumerable<string> Keys(YamlMappingNode node) => node.Children.Keys.Select(key => key.ToString());
}
