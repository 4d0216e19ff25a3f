namespace CpIs.Transport.MeshClient;

/// <summary>Settings of the folders of a MESH client, <c>Transport:MeshClient</c> (reference mesh-api section 10).</summary>
public sealed record MeshClientOptions
{
    /// <summary>The mailbox's root folder, as <c>InterfaceRoot</c> in the client's own configuration.</summary>
    public string Root { get; init; } = "";

    /// <summary>Our mailbox id.</summary>
    public string Mailbox { get; init; } = "";

    /// <summary>The mailbox id of CP-IS.</summary>
    public string Recipient { get; init; } = "";

    public MeshWorkflows WorkflowIds { get; init; } = new();

    public MeshClientFolders Folders { get; init; } = new();

    /// <summary>Whether the client is asked to compress what it sends.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Seconds since its last change after which a file in the client's folders counts as complete.</summary>
    public int SettleSeconds { get; init; } = 5;

    /// <summary>
    /// Minutes after which a file that the client has not taken, or a pair that is still incomplete, is told to the operator. The
    /// client looks every 30 minutes unless set otherwise.
    /// </summary>
    public int StalledMinutes { get; init; } = 120;

    /// <summary>What is wrong with the settings; empty when they can be used.</summary>
    public IEnumerable<OptionProblem> Problems()
    {
        const string section = "Transport:MeshClient:";
        if (string.IsNullOrWhiteSpace(Root))
        {
            yield return new OptionProblem(section + nameof(Root), "a folder is needed");
        }

        if (MeshText.ProblemOf(Mailbox, 100) is { } mailbox)
        {
            yield return new OptionProblem(section + nameof(Mailbox), mailbox);
        }

        if (MeshText.ProblemOf(Recipient, 100) is { } recipient)
        {
            yield return new OptionProblem(section + nameof(Recipient), recipient);
        }

        foreach (var problem in WorkflowIds.Problems(section + nameof(WorkflowIds) + ":").Concat(Folders.Problems(section + nameof(Folders) + ":")))
        {
            yield return problem;
        }

        if (SettleSeconds is < 0 or > 86_400)
        {
            yield return new OptionProblem(section + nameof(SettleSeconds), "must be from 0 to 86400 seconds");
        }

        if (StalledMinutes is < 1 or > 10_080)
        {
            yield return new OptionProblem(section + nameof(StalledMinutes), "must be from 1 to 10080 minutes");
        }
    }
}

/// <summary>Names of the folders below the root; clients differ in letter case.</summary>
public sealed record MeshClientFolders
{
    public string Out { get; init; } = "out";

    public string Sent { get; init; } = "sent";

    public string Failed { get; init; } = "failed";

    public string In { get; init; } = "in";

    /// <summary>Ours: where a pair is made ready. On the same volume as <see cref="Out"/>, and not one of the client's own.</summary>
    public string Staging { get; init; } = "cpis-staging";

    /// <summary>Ours: where pairs go that could not be read, once they are quarantined.</summary>
    public string Unreadable { get; init; } = "cpis-unreadable";

    internal IEnumerable<OptionProblem> Problems(string section)
    {
        (string Name, string Value)[] all =
        [
            (nameof(Out), Out), (nameof(Sent), Sent), (nameof(Failed), Failed), (nameof(In), In), (nameof(Staging), Staging), (nameof(Unreadable), Unreadable),
        ];
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in all)
        {
            if (string.IsNullOrWhiteSpace(value) || value is "." or ".." || value.AsSpan().ContainsAny('/', '\\', '|'))
            {
                yield return new OptionProblem(section + name, "must be the plain name of a folder below the root");
            }
            else if (!seen.Add(value))
            {
                yield return new OptionProblem(section + name, "must differ from the other folders");
            }
        }
    }
}
