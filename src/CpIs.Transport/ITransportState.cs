namespace CpIs.Transport;

/// <summary>
/// A few values that a transport must remember from run to run (the last successful handshake, how a large file was cut).
/// The engine keeps them in its database.
/// </summary>
public interface ITransportState
{
    /// <summary>The value, or null if there is none.</summary>
    Task<string?> GetAsync(string key, CancellationToken cancellationToken);

    /// <summary>Keeps a value; durable when it returns.</summary>
    /// <param name="key">At most 400 ASCII characters.</param>
    /// <param name="value">At most 200 ASCII characters; null forgets the key.</param>
    Task SetAsync(string key, string? value, CancellationToken cancellationToken);
}
