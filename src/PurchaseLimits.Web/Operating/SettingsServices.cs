using Microsoft.Extensions.Options;

namespace PurchaseLimits.Web.Operating;

public static class SettingsServices
{
    /// <summary>Binds a section; <see cref="SettingsCheck"/> looks at all of them before anything else begins.</summary>
    /// <returns>For what its settings must say together, or with others.</returns>
    public static OptionsBuilder<TOptions> AddSettings<TOptions>(this IServiceCollection services, string name)
        where TOptions : class, new()
    {
        var section = new SettingsSection<TOptions>(name);
        services.AddSingleton<SettingsSection>(section);
        return services.AddOptions<TOptions>()
            .Configure<IConfiguration>((options, configuration) => section.Bind(configuration, options))
            .ValidateDataAnnotations().ValidateOnStart();
    }
}
