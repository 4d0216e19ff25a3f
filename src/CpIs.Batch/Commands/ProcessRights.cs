using System.Runtime.InteropServices;

namespace CpIs.Batch.Commands;

/// <summary>The rights of what this process creates.</summary>
internal static class ProcessRights
{
    private const uint NothingForGroupAndOthers = 0b000_111_111;

    /// <summary>
    /// On POSIX every new file is for its owner alone (0600) and every new folder too (0700), whichever library makes it: the
    /// database and its journals as well as payloads and logs (contract section 6). On Windows the rights are inherited from the folder.
    /// </summary>
    public static void RestrictNewFiles()
    {
        if (!OperatingSystem.IsWindows())
        {
            _ = Umask(NothingForGroupAndOthers);
        }
    }

    [DllImport("libc", EntryPoint = "umask")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern uint Umask(uint mask);
}
