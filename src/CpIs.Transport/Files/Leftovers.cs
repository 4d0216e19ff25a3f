namespace CpIs.Transport.Files;

/// <summary>Copies that a run made ready and never came to hand over.</summary>
internal static class Leftovers
{
    private const string Temporary = ".tmp";

    /// <summary>Younger ones stay, in case another installation works in the same folder.</summary>
    private static readonly TimeSpan LeastAge = TimeSpan.FromDays(1);

    /// <param name="ownerOf">Tells to whom a file belongs by its name; null when it is none of ours.</param>
    /// <param name="kept">Whose files stay.</param>
    public static void Remove(string folder, Func<string, string?> ownerOf, IReadOnlySet<string> kept, DateTimeOffset now)
    {
        var found = new DirectoryInfo(folder);
        if (!found.Exists)
        {
            return;
        }

        foreach (var file in found.EnumerateFiles("*", new EnumerationOptions { IgnoreInaccessible = false, AttributesToSkip = 0 }).ToList())
        {
            if (ownerOf(file.Name) is { } owner && !kept.Contains(owner) && now.UtcDateTime - file.LastWriteTimeUtc >= LeastAge)
            {
                file.Delete();
            }
        }
    }

    /// <summary>The name of a file whose temporary name it is, or null.</summary>
    public static string? NameOfTemporary(string name) =>
        name.Length > Temporary.Length + 1 && name.StartsWith('.') && name.EndsWith(Temporary, StringComparison.Ordinal) ? name[1..^Temporary.Length] : null;
}
