namespace CpIs.Transport.Folder;

/// <summary>Settings of the plain folder, <c>Transport:Folder</c>.</summary>
public sealed record FolderOptions
{
    /// <summary>Where uploads are put.</summary>
    public string Out { get; init; } = "";

    /// <summary>Where messages from CP-IS are found, in subfolders too.</summary>
    public string In { get; init; } = "";

    /// <summary>
    /// Seconds since its last change after which an inbound file counts as complete. 0 when whoever writes there renames finished
    /// files into place, as this engine does.
    /// </summary>
    public int SettleSeconds { get; init; }

    /// <summary>What is wrong with the settings; empty when they can be used.</summary>
    public IEnumerable<OptionProblem> Problems()
    {
        const string section = "Transport:Folder:";
        if (string.IsNullOrWhiteSpace(Out))
        {
            yield return new OptionProblem(section + nameof(Out), "a folder is needed");
        }

        if (string.IsNullOrWhiteSpace(In))
        {
            yield return new OptionProblem(section + nameof(In), "a folder is needed");
        }

        if (!string.IsNullOrWhiteSpace(Out) && !string.IsNullOrWhiteSpace(In) && AsFolder(Out).StartsWith(AsFolder(In), StringComparison.OrdinalIgnoreCase))
        {
            yield return new OptionProblem(section + nameof(In), "must neither be Out nor hold it, or uploads come back as messages");
        }

        if (SettleSeconds is < 0 or > 86_400)
        {
            yield return new OptionProblem(section + nameof(SettleSeconds), "must be from 0 to 86400 seconds");
        }
    }

    private static string AsFolder(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) + Path.DirectorySeparatorChar;
}
