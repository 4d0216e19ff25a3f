using System.Text.Json;
using System.Text.Json.Serialization;
using CpIs.Files;

namespace CpIs.Storage.Providers;

/// <summary>
/// An exclusively opened file beside the database. Who holds it stands in a second file, since the first cannot be read while it is
/// held; that one is only believed while the lock is held.
/// </summary>
internal sealed partial class LockFile : IHeldLock
{
    private const int Looks = 20;
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);
    private readonly FileStream _stream;

    private LockFile(FileStream stream) => _stream = stream;

    public static async Task<LockFile> TakeAsync(string path, RunLockHolder holder, CancellationToken cancellationToken)
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
            throw new RunLockedException(await HolderAsync(InfoPath(path), cancellationToken));
        }

        try
        {
            // Somebody may read it who is refused just now, and must not be sent after the process that had the lock before.
            File.Delete(InfoPath(path));
            DurableFile.Write(InfoPath(path), JsonSerializer.SerializeToUtf8Bytes(holder, HolderContext.Default.RunLockHolder));
            return new LockFile(stream);
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    /// <summary>The operating system takes it from nobody who lives.</summary>
    public Task EnsureHeldAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Frees the lock. The file stays: to delete it could take it away from under somebody who has just opened it.</summary>
    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private static string InfoPath(string path) => path + ".json";

    /// <summary>Who has just taken the lock has not written yet who it is.</summary>
    private static async Task<RunLockHolder?> HolderAsync(string path, CancellationToken cancellationToken)
    {
        for (var i = 1; ; i++)
        {
            await Task.Delay(s_pause, cancellationToken);
            var holder = ReadHolder(path);
            if (holder is not null || i == Looks)
            {
                return holder;
            }
        }
    }

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
