namespace CpIs.Storage.Transport;

/// <summary>Values that a transport remembers from run to run. Each call is durable by itself.</summary>
public sealed class TransportStateStore(StorageSession session)
{
    /// <summary>The value, or null if there is none.</summary>
    public Task<string?> GetAsync(string key, CancellationToken cancellationToken) =>
        session.FirstOrDefaultAsync<string>("transport/state", new { key }, cancellationToken);

    /// <summary>Keeps a value; null forgets the key.</summary>
    public Task SetAsync(string key, string? value, CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
        async () =>
        {
            if (value is null)
            {
                await session.ExecuteAsync("transport/forget-state", new { key }, cancellationToken);
            }
            else if (await session.ExecuteAsync("transport/change-state", new { key, value }, cancellationToken) == 0)
            {
                await session.ExecuteAsync("transport/add-state", new { key, value }, cancellationToken);
            }
        },
        cancellationToken);
}
