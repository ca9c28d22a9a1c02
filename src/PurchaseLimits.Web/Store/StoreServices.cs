using Microsoft.Extensions.Options;
using PurchaseLimits.Web.Operating;

namespace PurchaseLimits.Web;

public static class StoreServices
{
    /// <summary>The data sources, the gate, <see cref="Store"/> itself and the carts.</summary>
    public static void AddStore(this IServiceCollection services, string storeConnection, string adminConnection, string workerConnection, string? reportsConnection = null)
    {
        services.AddSettings<StoreOptions>("Store");
        services.AddSettings<ReportOptions>("Reports");
        services.AddSingleton(provider => new StoreDataSources(storeConnection, adminConnection, workerConnection, reportsConnection,
            provider.GetRequiredService<IOptions<IntegrityOptions>>().Value.LongestProof));
        services.AddSingleton(provider => new CustomerGate(
            provider.GetRequiredService<IOptions<StoreOptions>>().Value.MaxWaitingPerCustomer));
        services.AddSingleton<WorkSignals>();
        services.AddSingleton<Store>();
        services.AddSingleton<CartCookie>();
        services.AddSingleton<CustomerCarts>();
        services.AddSingleton<Carts>();
        services.AddSingleton<ReportRefreshes>();
    }
}
