using System.Globalization;

namespace CpIs.Transport.Files;

/// <summary>Length and time of last change: what tells whether a file is still the one that was seen.</summary>
internal static class FileStamp
{
    public static string Of(FileInfo file) =>
        string.Create(CultureInfo.InvariantCulture, $"{file.Length}:{file.LastWriteTimeUtc.Ticks}");

    /// <summary>
    /// Whether nothing has changed in the file for so long that its writer must be done. A time in the future (copied from a
    /// machine whose clock is fast) counts by its distance, so that such a file is not passed over for ever.
    /// </summary>
    public static bool IsSettled(FileInfo file, TimeSpan settle, DateTimeOffset now) =>
        settle <= TimeSpan.Zero || (now.UtcDateTime - file.LastWriteTimeUtc).Duration() >= settle;
}
