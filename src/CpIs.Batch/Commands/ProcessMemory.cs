using System.Runtime.InteropServices;

namespace CpIs.Batch.Commands;

/// <summary>How the C library keeps the memory that SQLite asks for.</summary>
internal static class ProcessMemory
{
    /// <summary><c>M_ARENA_MAX</c> of glibc.</summary>
    private const int MostArenas = -8;

    /// <summary>
    /// glibc keeps a pool of its own for each thread, and gives little back. One run works for one council, mostly on one thread at a
    /// time, so that one pool serves as well and a long night takes no more memory than a short one. Elsewhere nothing is changed.
    /// </summary>
    public static void UseOnePool()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = Mallopt(MostArenas, 1);
        }
        catch (EntryPointNotFoundException)
        {
            // Another C library, which has no such pools.
        }
    }

    [DllImport("libc", EntryPoint = "mallopt")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mallopt(int parameter, int value);
}
