using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace CpIs.Files;

/// <summary>
/// The calls that .NET does not offer: a rename that never falls back to a copy, a flush of a folder, and an opening that never waits.
/// </summary>
internal static partial class NativeFile
{
    private const int PermissionDenied = 13;
    private const int NotPermitted = 1;
    private const int NoSuchFile = 2;
    private const int DoNotWaitOnLinux = 0x800;
    private const int DoNotWaitElsewhere = 0x4;
    private const uint ReplaceExisting = 1;
    private const uint WriteThrough = 8;

    public static void Rename(string from, string to, bool replace)
    {
        // One run at a time writes here (the engine's run lock), so the check and the rename need not be one step.
        if (!replace && (File.Exists(to) || Directory.Exists(to)))
        {
            throw new IOException("A file of that name is there already.");
        }

        if (OperatingSystem.IsWindows())
        {
            if (!MoveFileEx(from, to, WriteThrough | (replace ? ReplaceExisting : 0)))
            {
                throw new IOException("The file could not be renamed: " + Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError()), Marshal.GetHRForLastWin32Error());
            }

            return;
        }

        if (RenameFile(from, to) != 0)
        {
            throw Failure("renamed");
        }
    }

    public static void FlushFolder(string path)
    {
        var descriptor = Open(path, 0);
        if (descriptor < 0)
        {
            throw Failure("flushed");
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        RandomAccess.FlushToDisk(handle);
    }

    /// <summary>False for a pipe, of which nobody knows when it ends, or whether it ever begins.</summary>
    public static bool HasAnEnd(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        var descriptor = Open(path, OperatingSystem.IsLinux() ? DoNotWaitOnLinux : DoNotWaitElsewhere);
        if (descriptor < 0)
        {
            throw Failure("opened");
        }

        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        using var stream = new FileStream(handle, FileAccess.Read, bufferSize: 0);
        return stream.CanSeek;
    }

    private static Exception Failure(string done)
    {
        var error = Marshal.GetLastPInvokeError();
        var text = $"The file or folder could not be {done}: {Marshal.GetPInvokeErrorMessage(error)}.";
        return error switch
        {
            PermissionDenied or NotPermitted => new UnauthorizedAccessException(text),
            NoSuchFile => new FileNotFoundException(text),
            _ => new IOException(text, error),
        };
    }

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int RenameFile(string from, string to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("kernel32", EntryPoint = "MoveFileExW", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.System32)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool MoveFileEx(string from, string to, uint flags);
}
