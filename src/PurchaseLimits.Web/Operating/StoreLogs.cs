namespace PurchaseLimits.Web.Operating;

/// <summary>
/// Logs for machines: one JSON object a line on standard output, in UTC, with the request's id. Nobody's e-mail, name, address,
/// password or link is in them: what this program writes names people by number, and what would write whole addresses is silent.
/// </summary>
public static class StoreLogs
{
    // Below Warning ASP.NET Core writes addresses with their query, which holds the tokens of mails' links.
    private const string Wordy = "Microsoft.AspNetCore";

    /// <summary>Development keeps the console for humans, and every level that its settings ask for.</summary>
    public static void AddStoreLogs(this ILoggingBuilder logging, IHostEnvironment environment)
    {
        if (environment.IsDevelopment())
            return;

        logging.AddJsonConsole(options =>
        {
            options.IncludeScopes = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";
        });
        logging.Services.PostConfigure<LoggerFilterOptions>(RaiseToWarning);
    }

    /// <summary>Whatever the settings say, of all loggers or of one.</summary>
    private static void RaiseToWarning(LoggerFilterOptions options)
    {
        for (var i = 0; i < options.Rules.Count; i++)
        {
            var rule = options.Rules[i];
            var isWordy = rule.CategoryName is { } category && (category.StartsWith(Wordy, StringComparison.OrdinalIgnoreCase) || category.Contains('*'));
            if (isWordy && rule.LogLevel < LogLevel.Warning)
                options.Rules[i] = new LoggerFilterRule(rule.ProviderName, rule.CategoryName, LogLevel.Warning, rule.Filter);
        }

        // A rule for one logger beats those for all, so each logger that has any gets one of these. First: what is as exact wins.
        foreach (var provider in options.Rules.Select(rule => rule.ProviderName).Append(null).Distinct().ToList())
            options.Rules.Insert(0, new LoggerFilterRule(provider, Wordy, LogLevel.Warning, null));
    }
}
