using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Operating;

/// <summary>A section of the settings, and the class whose properties are all that may stand in it.</summary>
public abstract record SettingsSection(string Name, Type Options)
{
    /// <summary>Full names: <c>Mail:SmtpHost</c>.</summary>
    public IEnumerable<string> Settings => Properties.Select(property => $"{Name}:{property.Name}");

    /// <summary>What is computed from the others cannot be set.</summary>
    protected IEnumerable<PropertyInfo> Properties => Options.GetProperties().Where(property => property.CanWrite);

    /// <summary>Full names of what stands in it and nobody reads.</summary>
    public IEnumerable<string> Unknown(IConfiguration configuration) =>
        Values(configuration).Keys.Where(key => PropertyOrNull(key) is null).Select(key => $"{Name}:{key}");

    /// <summary>A sentence for each setting that makes no sense; it names the setting.</summary>
    public abstract IReadOnlyList<string> Mistakes(IConfiguration configuration, IServiceProvider services);

    protected PropertyInfo? PropertyOrNull(string key) =>
        Properties.FirstOrDefault(property => property.Name.Equals(key, StringComparison.OrdinalIgnoreCase));

    // The section's own value is not ours: on many systems $MAIL names a mailbox. And what is empty is not set: many who write
    // down an environment can only leave a value out, not the name.
    protected Dictionary<string, string> Values(IConfiguration configuration) =>
        configuration.GetSection(Name).AsEnumerable(makePathsRelative: true)
            .Where(pair => pair.Key.Length > 0 && !string.IsNullOrEmpty(pair.Value))
            .ToDictionary(pair => pair.Key, pair => pair.Value!, StringComparer.OrdinalIgnoreCase);
}

/// <inheritdoc/>
public sealed record SettingsSection<TOptions>(string Name) : SettingsSection(Name, typeof(TOptions))
    where TOptions : class, new()
{
    /// <summary>Takes what is set; what is not keeps its default.</summary>
    public void Bind(IConfiguration configuration, TOptions options) => From(Values(configuration)).Bind(options);

    public override IReadOnlyList<string> Mistakes(IConfiguration configuration, IServiceProvider services)
    {
        var mistakes = new List<string>();
        var readable = new Dictionary<string, string>();
        foreach (var (key, value) in Values(configuration))
        {
            if (PropertyOrNull(key) is not { } property)
                continue;
            if (ExpectedOrNull(property.PropertyType, value) is { } expected)
                mistakes.Add($"{Name}:{property.Name} must be {expected}.");
            else
                readable[key] = value;
        }

        // What cannot be read is said above; the others are looked at as if it were not there, so that one start says it all.
        var options = new TOptions();
        From(readable).Bind(options);
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        mistakes.AddRange(results.Select(result => result.ErrorMessage!));
        foreach (var check in services.GetServices<IValidateOptions<TOptions>>().Where(check => check is not DataAnnotationValidateOptions<TOptions>))
            mistakes.AddRange(check.Validate(Microsoft.Extensions.Options.Options.DefaultName, options).Failures ?? []);
        return mistakes;
    }

    private static IConfigurationRoot From(Dictionary<string, string> values) =>
        new ConfigurationBuilder().AddInMemoryCollection(values.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value))).Build();

    private static string? ExpectedOrNull(Type type, string value)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        try
        {
            var read = TypeDescriptor.GetConverter(type).ConvertFromInvariantString(value);
            if (!type.IsEnum || Enum.IsDefined(type, read!))
                return null;
        }
        // The converters of numbers wrap what went wrong in whatever they like.
        catch (Exception)
        {
        }

        return type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
            : type == typeof(bool) ? "true or false"
            : type == typeof(TimeSpan) ? "a time like 00:00:30"
            : "a whole number";
    }
}
