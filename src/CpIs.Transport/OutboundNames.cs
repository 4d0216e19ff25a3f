using System.Buffers;

namespace CpIs.Transport;

/// <summary>The names that go with a file: they become file names, header values and parts of a URL, so they are plain.</summary>
internal static class OutboundNames
{
    private const int LongestName = 100;
    private static readonly SearchValues<char> Plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.");

    /// <exception cref="ArgumentException">The local id or the file name is not plain.</exception>
    public static void Check(OutboundFile file)
    {
        if (!IsPlain(file.LocalId))
        {
            throw new ArgumentException("A local id is 1 to 100 ASCII letters, digits, '-', '_' and '.', a letter or digit first.", nameof(file));
        }

        if (!IsPlain(file.FileName))
        {
            throw new ArgumentException("A payload file name is 1 to 100 ASCII letters, digits, '-', '_' and '.', a letter or digit first.", nameof(file));
        }
    }

    private static bool IsPlain(string name) =>
        name.Length is > 0 and <= LongestName && char.IsAsciiLetterOrDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(Plain);
}
