using System.Runtime.InteropServices;

namespace CpIs.Storage.Files;

/// <summary>
/// Files that are there whole or not at all: written under a temporary name in the same folder, flushed to the disk, renamed, and the
/// folder flushed. On POSIX they can be read by their owner alone.
/// </summary>
public static partial class DurableFile
{
    /// <summary>Writes a file, replacing one of that name.</summary>
    /// <param name="path">Where it shall be.</param>
    /// <param name="write">Writes the content; the stream is flushed and closed afterwards.</param>
    public static async Task WriteAsync(string path, Func<Stream, Task> write)
    {
        var full = Path.GetFullPath(path);
        var temporary = TemporaryName(full);
        try
        {
            await using (var stream = new FileStream(temporary, Private(FileMode.Create, FileAccess.ReadWrite, FileShare.None)))
            {
                Reach("created", full);
                await write(stream);
                Reach("written", full);
                await stream.FlushAsync(CancellationToken.None);
                stream.Flush(flushToDisk: true);
            }

            Rename(temporary, full);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes a file, replacing one of that name.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        var full = Path.GetFullPath(path);
        var temporary = TemporaryName(full);
        try
        {
            using (var stream = new FileStream(temporary, Private(FileMode.Create, FileAccess.Write, FileShare.None)))
            {
                Reach("created", full);
                stream.Write(content);
                Reach("written", full);
                stream.Flush(flushToDisk: true);
            }

            Rename(temporary, full);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Makes the names in a folder durable. Windows does so by itself.</summary>
    public static void FlushFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        var descriptor = NativeMethods.Open(folder, NativeMethods.ReadOnlyCloseOnExec);
        if (descriptor < 0)
        {
            throw new IOException($"The folder {folder} cannot be opened to be flushed.");
        }

        try
        {
            if (NativeMethods.Fsync(descriptor) != 0)
            {
                throw new IOException($"The folder {folder} cannot be flushed.");
            }
        }
        finally
        {
            _ = NativeMethods.Close(descriptor);
        }
    }

    /// <summary>Makes a folder that on POSIX only its owner can enter.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    internal static FileStreamOptions Private(FileMode mode, FileAccess access, FileShare share)
    {
        var options = new FileStreamOptions { Mode = mode, Access = access, Share = share };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    /// <summary>Always the same for a file, so that who writes it again after a crash takes up what was left.</summary>
    private static string TemporaryName(string full) =>
        Path.Combine(Path.GetDirectoryName(full)!, "." + Path.GetFileName(full) + ".tmp");

    private static void Rename(string temporary, string full)
    {
        Reach("flushed", full);
        File.Move(temporary, full, overwrite: true);
        Reach("renamed", full);
        FlushFolder(Path.GetDirectoryName(full)!);
        Reach("folder-flushed", full);
    }

    /// <summary>A point at which the crash tests may end the process; nothing in the program itself.</summary>
    static partial void Reach(string point, string path);

    private static class NativeMethods
    {
        /// <summary>O_RDONLY | O_CLOEXEC, which have other values on macOS than on Linux.</summary>
        public static readonly int ReadOnlyCloseOnExec = OperatingSystem.IsMacOS() ? 0x1000000 : 0x80000;

        [DllImport("libc", EntryPoint = "open", CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

        [DllImport("libc", EntryPoint = "fsync")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Fsync(int descriptor);

        [DllImport("libc", EntryPoint = "close")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        public static extern int Close(int descriptor);
    }
}
