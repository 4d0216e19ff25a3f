using System.Security.Cryptography;

namespace CpIs.Files;

/// <summary>
/// Files that are there whole or not at all, even after a power cut: written under a temporary name in the same folder, flushed,
/// renamed, and the folder flushed. On POSIX created folders are 0700 and files 0600.
/// </summary>
/// <remarks>
/// All members throw <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/> as the file system does. The source belongs to
/// no project: storage, transport and the engine each compile it, because none of the first two may know the other.
/// </remarks>
internal static partial class DurableFile
{
    private const UnixFileMode PrivateFile = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode PrivateFolder = PrivateFile | UnixFileMode.UserExecute;
    private const int BufferSize = 81_920;

    /// <summary>The temporary name beside a file: <c>.NAME.tmp</c>. Readers of the folder ignore such names.</summary>
    public static string TemporaryPathOf(string path) => Path.Combine(FolderOf(path), "." + Path.GetFileName(path) + ".tmp");

    /// <summary>Writes a file whole, replacing one that is there.</summary>
    public static async Task WriteAsync(string path, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var temporary = TemporaryPathOf(path);
        try
        {
            await WriteFlushedAsync(temporary, write, cancellationToken);
            Rename(temporary, path, replace: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes a file whole, replacing one that is there.</summary>
    public static Task WriteAsync(string path, Func<Stream, Task> write) => WriteAsync(path, (stream, _) => write(stream), CancellationToken.None);

    /// <summary>Writes a file whole, replacing one that is there.</summary>
    public static Task WriteAsync(string path, ReadOnlyMemory<byte> content, CancellationToken cancellationToken) =>
        WriteAsync(path, async (stream, token) => await stream.WriteAsync(content, token), cancellationToken);

    /// <summary>Writes a file whole, replacing one that is there.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var temporary = TemporaryPathOf(path);
        try
        {
            using (var stream = Create(temporary))
            {
                Reach("created", temporary);
                stream.Write(content);
                Reach("written", temporary);
                stream.Flush(flushToDisk: true);
            }

            Reach("flushed", temporary);
            Rename(temporary, path, replace: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Copies a file whole, replacing one that is there.</summary>
    /// <returns>Lower-case hexadecimal SHA-256 of the bytes copied.</returns>
    public static async Task<string> CopyAsync(string source, string path, CancellationToken cancellationToken)
    {
        var temporary = TemporaryPathOf(path);
        var hash = await CopyFlushedAsync(source, temporary, cancellationToken);
        Rename(temporary, path, replace: true);
        return hash;
    }

    /// <summary>
    /// Writes a file under exactly this name and flushes it and its folder. A reader may see it half-written: use it for temporary
    /// names, then <see cref="Rename"/>.
    /// </summary>
    public static async Task WriteFlushedAsync(string path, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        var stream = Create(path);
        await using (stream)
        {
            Reach("created", path);
            await write(stream, cancellationToken);
            Reach("written", path);
            await stream.FlushAsync(cancellationToken);
            stream.Flush(flushToDisk: true);
        }

        Reach("flushed", path);
        FlushFolder(FolderOf(path));
    }

    /// <summary>Copies a file to exactly this name as <see cref="WriteFlushedAsync"/> does.</summary>
    /// <returns>Lower-case hexadecimal SHA-256 of the bytes copied.</returns>
    public static async Task<string> CopyFlushedAsync(string source, string path, CancellationToken cancellationToken)
    {
        var hash = "";
        await WriteFlushedAsync(
            path,
            async (target, token) =>
            {
                await using var from = OpenRead(source);
                using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                var buffer = new byte[BufferSize];
                int read;
                while ((read = await from.ReadAsync(buffer, token)) > 0)
                {
                    sha.AppendData(buffer, 0, read);
                    await target.WriteAsync(buffer.AsMemory(0, read), token);
                }

                hash = Convert.ToHexStringLower(sha.GetHashAndReset());
            },
            cancellationToken);
        return hash;
    }

    /// <summary>
    /// Renames within one file system and flushes the folders concerned. Never copies: between file systems it throws, because a
    /// copy would be seen half-written.
    /// </summary>
    /// <param name="replace">Whether a file at <paramref name="to"/> may be replaced; otherwise it is an <see cref="IOException"/>.</param>
    public static void Rename(string from, string to, bool replace)
    {
        Reach("before-rename", to);
        NativeFile.Rename(from, to, replace);
        Reach("renamed", to);
        var target = FolderOf(to);
        FlushFolder(target);
        var source = FolderOf(from);
        if (!string.Equals(source, target, StringComparison.Ordinal))
        {
            FlushFolder(source);
        }

        Reach("folder-flushed", to);
    }

    /// <summary>Deletes a file, if it is there, and flushes the folder.</summary>
    public static void Delete(string path)
    {
        Reach("before-delete", path);
        File.Delete(path);
        Reach("deleted", path);
        FlushFolder(FolderOf(path));
    }

    /// <summary>Creates a folder and the missing ones above it, for the owner only. One that is there keeps its rights.</summary>
    public static void CreateFolder(string path)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        if (Directory.Exists(full))
        {
            return;
        }

        var above = Path.GetDirectoryName(full);
        if (above is not null)
        {
            CreateFolder(above);
        }

        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(full);
        }
        else
        {
            Directory.CreateDirectory(full, PrivateFolder);
        }

        if (above is not null)
        {
            FlushFolder(above);
        }
    }

    /// <summary>Makes names in a folder durable. On Windows NTFS keeps them in its journal, and there is nothing to do.</summary>
    public static void FlushFolder(string path)
    {
        if (!OperatingSystem.IsWindows())
        {
            NativeFile.FlushFolder(path);
        }
    }

    /// <summary>Lower-case hexadecimal SHA-256 of a file.</summary>
    public static async Task<string> HashAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = OpenRead(path);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellationToken));
    }

    /// <summary>Opens a file for reading in order, without hindering others.</summary>
    /// <exception cref="IOException">It is a pipe: opening one waits until somebody writes, and that cannot be interrupted.</exception>
    public static FileStream OpenRead(string path)
    {
        if (IsPipe(path))
        {
            throw new IOException("It is a pipe, not a file.");
        }

        return new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, BufferSize, FileOptions.Asynchronous | FileOptions.SequentialScan);
    }

    /// <summary>True for what looks like a file and never ends by itself; false for a file, and for what is not there.</summary>
    /// <exception cref="UnauthorizedAccessException">It may not be read.</exception>
    public static bool IsPipe(string path)
    {
        // A pipe has no length, so that only an empty file has to be looked at.
        return new FileInfo(path) is { Exists: true, Length: 0 } && !NativeFile.HasAnEnd(path);
    }

    /// <summary>Creates or empties a file, readable by the owner only.</summary>
    public static FileStream Create(string path)
    {
        var options = Private(FileMode.Create, FileAccess.Write, FileShare.None);
        options.BufferSize = BufferSize;
        options.Options = FileOptions.Asynchronous;
        return new FileStream(path, options);
    }

    /// <summary>Options of a file that, if it is new, only its owner can read.</summary>
    public static FileStreamOptions Private(FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PrivateFile;
        }

        return options;
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    static partial void Reach(string point, string path);

    private static string FolderOf(string path) =>
        Path.GetDirectoryName(Path.GetFullPath(path)) ?? throw new IOException("The path names no file.");
}
