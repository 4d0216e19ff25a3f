using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace CpIs.Transport.MeshApi;

/// <summary>Sets up the MESH API.</summary>
public static class MeshApiServices
{
    /// <summary>
    /// Registers <see cref="MeshApiTransport"/> and <see cref="MeshCheck"/> as singletons. The provider must also offer
    /// <see cref="ITransportState"/>; <see cref="TimeProvider"/> is the system's where none is registered. Connections close when the provider is disposed.
    /// </summary>
    /// <exception cref="ArgumentException">The settings cannot be used; the message names the keys.</exception>
    public static IServiceCollection AddMeshApi(this IServiceCollection services, MeshApiOptions options)
    {
        var problems = options.Problems().ToList();
        if (problems.Count > 0)
        {
            throw new ArgumentException(string.Join(' ', problems), nameof(options));
        }

        services.AddLogging();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(options);
        services.AddSingleton<MeshCredentials>();
        services.AddSingleton<MeshConnections>();
        services.AddTransient<MeshAuthorizationHandler>();
        services.AddSingleton<MeshApiTransport>();
        services.AddSingleton(p => new MeshCheck(
            p.GetRequiredService<IHttpClientFactory>(), options, p.GetRequiredService<MeshCredentials>(), p.GetRequiredService<TimeProvider>(), p.GetRequiredService<ILogger<MeshCheck>>()));

        // The factory's own logging writes addresses and, at its most verbose, headers; ours says all that is needed. Timeouts are
        // set per request, because reading the answer counts too.
        services.AddHttpClient(MeshApiClient.HttpClientName, client => client.Timeout = Timeout.InfiniteTimeSpan)
            .RemoveAllLoggers()
            .SetHandlerLifetime(Timeout.InfiniteTimeSpan)
            .ConfigurePrimaryHttpMessageHandler(provider => provider.GetRequiredService<MeshConnections>().Handler)
            .AddHttpMessageHandler<MeshAuthorizationHandler>();
        return services;
    }
}
