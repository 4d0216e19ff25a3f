namespace CpIs.Batch.Configuration;

/// <summary>The configuration cannot be used (exit code 2). Each problem names its key in full; none repeats a secret.</summary>
internal sealed class SettingsException(IReadOnlyList<string> problems)
    : Exception(string.Join(Environment.NewLine, problems))
{
    public IReadOnlyList<string> Problems { get; } = problems;
}
