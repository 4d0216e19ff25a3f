namespace CpIs.Transport;

/// <summary>
/// The MESH workflow ids of CP-IS. The national values are not public (reference cpis-interface section f), so none is assumed:
/// they come from the council's MESH registration. Several may be the same.
/// </summary>
public sealed record MeshWorkflows
{
    /// <summary>Of the uploads that we send; reports on them come back under it.</summary>
    public string Upload { get; init; } = "";

    /// <summary>Of acknowledgements.</summary>
    public string Acknowledgement { get; init; } = "";

    /// <summary>Of access notifications.</summary>
    public string Access { get; init; } = "";

    /// <summary>Of inactive NHS number notifications.</summary>
    public string Inactive { get; init; } = "";

    /// <summary>The distinct ids of what comes in.</summary>
    internal IReadOnlyList<string> Inbound =>
        [.. new[] { Acknowledgement, Access, Inactive }.Select(w => w.Trim()).Where(w => w.Length > 0).Distinct(StringComparer.OrdinalIgnoreCase)];

    /// <summary>Whether a message of this workflow is for us. Letter case does not matter.</summary>
    internal bool IsInbound(string? workflow) => Inbound.Contains(workflow?.Trim() ?? "", StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether a report under this workflow can be on one of our files; a report may come without any.</summary>
    internal bool IsOurReport(string? workflow) =>
        string.IsNullOrWhiteSpace(workflow) || string.Equals(workflow.Trim(), Upload.Trim(), StringComparison.OrdinalIgnoreCase) || IsInbound(workflow);

    internal IEnumerable<OptionProblem> Problems(string section)
    {
        (string Name, string Value)[] all = [(nameof(Upload), Upload), (nameof(Acknowledgement), Acknowledgement), (nameof(Access), Access), (nameof(Inactive), Inactive)];
        foreach (var (name, value) in all)
        {
            if (MeshText.ProblemOf(value, maxLength: 255) is { } problem)
            {
                yield return new OptionProblem($"{section}{name}", problem);
            }
        }
    }
}

/// <summary>What MESH accepts in mailbox and workflow ids (reference mesh-api section 5).</summary>
internal static class MeshText
{
    /// <summary>What is wrong with the value, or null.</summary>
    public static string? ProblemOf(string? value, int maxLength)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return "is needed; it comes from the council's MESH registration";
        }

        if (value.Length > maxLength || value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
        {
            return $"must be at most {maxLength} printable ASCII characters";
        }

        return value.Contains("http://", StringComparison.OrdinalIgnoreCase) || value.Contains("https://", StringComparison.OrdinalIgnoreCase)
            ? "must not contain a web address"
            : null;
    }
}
