using CpIs.Batch.Configuration;
using CpIs.Storage;
using CpIs.Storage.Source;

namespace CpIs.Batch.Commands;

/// <summary>Exit codes of the program (contract section 1).</summary>
internal static class ExitCodes
{
    public const int Done = 0;

    /// <summary>Bad usage or configuration.</summary>
    public const int Usage = 2;

    /// <summary>Could not finish; safe to run again.</summary>
    public const int CannotFinish = 3;

    /// <summary>Another run holds the lock.</summary>
    public const int Locked = 4;

    /// <summary>Done, but something needs an operator.</summary>
    public const int NeedsOperator = 5;

    public const int Interrupted = 130;

    /// <summary>The exit code of a run that an exception broke off, and that nobody interrupted.</summary>
    public static int Of(Exception exception) =>
        exception is UsageException or SettingsException or StorageSetupException or ExtractFolderException ? Usage : CannotFinish;
}
