using System.Diagnostics;

namespace CpIs.Files;

/// <summary>What the file system said when something could not be done, as one sentence for people.</summary>
internal static class FileFault
{
    /// <summary>ENOSPC on Linux and macOS; ERROR_HANDLE_DISK_FULL and ERROR_DISK_FULL on Windows.</summary>
    private static readonly int[] s_noSpace = [28, unchecked((int)0x80070027), unchecked((int)0x80070070)];

    /// <summary>EDQUOT on Linux and macOS; ERROR_DISK_QUOTA_EXCEEDED on Windows.</summary>
    private static readonly int[] s_quota = [122, 69, unchecked((int)0x8007050F)];

    /// <summary>True for what a file system says, in whatever type .NET puts it.</summary>
    public static bool Is(Exception exception) => exception is IOException or UnauthorizedAccessException || IsTooLarge(exception);

    /// <summary>The sentence, with its full stop; it may name the path.</summary>
    /// <param name="exception">For which <see cref="Is"/> is true.</param>
    public static string InWords(Exception exception) => IsTooLarge(exception)
        ? "A file would become larger than the file system, or a limit of the user, allows."
        : exception.Message.Trim().TrimEnd('.').Replace(" : '", ": '", StringComparison.Ordinal) + ".";

    /// <summary>What can be done about it, as a sentence.</summary>
    public static string Advice(Exception exception) => exception switch
    {
        IOException { HResult: var code } when s_noSpace.Contains(code) => "Make room on that disk and run again.",
        IOException { HResult: var code } when s_quota.Contains(code) => "Make room in the user's quota and run again.",
        UnauthorizedAccessException => "Check the rights of the user who runs the program, and run again.",
        _ when IsTooLarge(exception) => "Raise the limit (ulimit -f, LimitFSIZE) or make room, and run again.",
        _ => "Correct that and run again.",
    };

    /// <summary>.NET takes "file too large" for a wrong argument of its own.</summary>
    private static bool IsTooLarge(Exception exception) => exception is ArgumentOutOfRangeException
        && new StackTrace(exception).GetFrame(0)?.GetMethod()?.DeclaringType?.FullName is { } place
        && place.StartsWith("System.IO.", StringComparison.Ordinal);
}
