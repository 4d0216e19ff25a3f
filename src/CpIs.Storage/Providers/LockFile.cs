using System.Text.Json;
using System.Text.Json.Serialization;
using CpIs.Storage.Files;

namespace CpIs.Storage.Providers;

/// <summary>
/// An exclusively opened file beside the database. Who holds it stands in a second file, since the first cannot be read while it is
/// held; that one is only believed while the lock is held.
/// </summary>
internal sealed partial class LockFile : IHeldLock
{
    private readonly FileStream _stream;

    private LockFile(FileStream stream) => _stream = stream;

    public static LockFile Take(string path, RunLockHolder holder)
    {
        FileStream stream;
        try
        {
            stream = new FileStream(path, DurableFile.Private(FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (UnauthorizedAccessException e)
        {
            throw new StorageException($"The lock file {path} cannot be written: check the rights of the user who runs the program.", e);
        }
        catch (DirectoryNotFoundException e)
        {
            throw new StorageException($"The folder of the lock file {path} does not exist.", e);
        }
        catch (IOException)
        {
            throw new RunLockedException(ReadHolder(InfoPath(path)));
        }

        try
        {
            DurableFile.Write(InfoPath(path), JsonSerializer.SerializeToUtf8Bytes(holder, HolderContext.Default.RunLockHolder));
            return new LockFile(stream);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The operating system takes it from nobody who lives.</summary>
    public Task EnsureHeldAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Frees the lock. The file stays: to delete it could take it away from under somebody who has just opened it.</summary>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static string InfoPath(string path) => path + ".json";

    private static RunLockHolder? ReadHolder(string path)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), HolderContext.Default.RunLockHolder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    [JsonSerializable(typeof(RunLockHolder))]
    private sealed partial class HolderContext : JsonSerializerContext;
}
