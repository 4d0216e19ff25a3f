namespace CpIs.Transport.MeshApi;

/// <summary>
/// Settings of the MESH API, <c>Transport:MeshApi</c>. Nothing national is assumed: url, mailboxes, workflow ids and secrets come from
/// the council's MESH registration and differ per environment.
/// </summary>
/// <remarks>
/// Secrets come from the files named by the <c>...File</c> keys. The keys without <c>File</c> are for the environment only
/// (<c>CPIS__TRANSPORT__MESHAPI__PASSWORD</c>); in the configuration file or on a command line they have no place.
/// </remarks>
public sealed record MeshApiOptions
{
    internal const string Section = "Transport:MeshApi:";
    private const long Mebibyte = 1024 * 1024;

    /// <summary>Scheme, host and, where needed, port of the MESH server; https only.</summary>
    public string Url { get; init; } = "";

    /// <summary>Our mailbox id; used in capitals.</summary>
    public string Mailbox { get; init; } = "";

    /// <summary>The mailbox id of CP-IS.</summary>
    public string Recipient { get; init; } = "";

    public MeshWorkflows WorkflowIds { get; init; } = new();

    /// <summary>The council's ODS code, by which <see cref="MeshCheck"/> looks up its mailbox; without it that is looked up by workflow alone.</summary>
    public string? OdsCode { get; init; }

    /// <summary>The client certificate: PKCS #12 (<c>.pfx</c>, <c>.p12</c>) with its private key, or PEM with <see cref="ClientKeyFile"/>.</summary>
    public string ClientCertificateFile { get; init; } = "";

    /// <summary>The private key in PEM, where the certificate is PEM and the key is not in the same file.</summary>
    public string? ClientKeyFile { get; init; }

    public string? ClientCertificatePasswordFile { get; init; }

    public string? ClientCertificatePassword { get; init; }

    /// <summary>PEM file with the NHS root certificates, and intermediate ones where the server does not send them. Only these are trusted.</summary>
    public string TrustedRootsFile { get; init; } = "";

    /// <summary>Whether revocation lists are asked, online. Off by default: those of the NHS's private roots are not reachable from every network.</summary>
    public bool CheckRevocation { get; init; }

    /// <summary>The mailbox password.</summary>
    public string? PasswordFile { get; init; }

    public string? Password { get; init; }

    /// <summary>The environment's shared key, with which tokens are signed.</summary>
    public string? SharedKeyFile { get; init; }

    public string? SharedKey { get; init; }

    /// <summary>Where messages are put while they are downloaded. Emptied of the engine's own files at each start.</summary>
    public string WorkFolder { get; init; } = "";

    /// <summary>Whether what is sent is compressed, each chunk by itself.</summary>
    public bool Compress { get; init; } = true;

    /// <summary>Mebibytes of a file, before compression, above which it is sent in chunks of this size.</summary>
    public int ChunkMegabytes { get; init; } = 75;

    /// <summary>Whether the SHA-256 is sent along as checksum (<c>sha256:...</c>). Only where the recipient has agreed to it.</summary>
    public bool SendChecksum { get; init; }

    /// <summary>Whether a checksum that comes with a message is compared. Off only while a sender's checksums are known to be wrong.</summary>
    public bool VerifyChecksum { get; init; } = true;

    /// <summary>Mebibytes, decompressed, above which a message is left with MESH and told to the operator.</summary>
    public int MaxMessageMegabytes { get; init; } = 1024;

    /// <summary>Seconds for one request with its answer.</summary>
    public int TimeoutSeconds { get; init; } = 600;

    /// <summary>Seconds for a connection to be made.</summary>
    public int ConnectTimeoutSeconds { get; init; } = 30;

    /// <summary>
    /// Seconds that pass between MESH not knowing a file whose sending broke off and its being sent again: MESH may know it only after a while.
    /// </summary>
    public int WaitBeforeResendSeconds { get; init; } = 300;

    /// <summary>The chunk size in bytes; set directly only by tests.</summary>
    internal long ChunkBytes
    {
        get => field > 0 ? field : ChunkMegabytes * Mebibyte;
        init;
    }

    internal long MaxMessageBytes => MaxMessageMegabytes * Mebibyte;

    internal string MailboxId => Mailbox.Trim().ToUpperInvariant();

    /// <summary>What is wrong with the settings; empty when they can be used. The files themselves are looked at when they are needed.</summary>
    public IEnumerable<OptionProblem> Problems()
    {
        if (!Uri.TryCreate(Url, UriKind.Absolute, out var url) || url.Scheme != Uri.UriSchemeHttps || url.AbsolutePath != "/" || url.Query.Length > 0 || url.UserInfo.Length > 0)
        {
            yield return new OptionProblem(Section + nameof(Url), "must be https:// with a host, without a path");
        }

        if (Mailbox.Contains(':', StringComparison.Ordinal) || Mailbox.Contains('/', StringComparison.Ordinal))
        {
            yield return new OptionProblem(Section + nameof(Mailbox), "must be a mailbox id");
        }
        else if (MeshText.ProblemOf(Mailbox, 100) is { } mailbox)
        {
            yield return new OptionProblem(Section + nameof(Mailbox), mailbox);
        }

        if (MeshText.ProblemOf(Recipient, 100) is { } recipient)
        {
            yield return new OptionProblem(Section + nameof(Recipient), recipient);
        }

        foreach (var problem in WorkflowIds.Problems($"{Section}{nameof(WorkflowIds)}:").Concat(SecretProblems()).Concat(LimitProblems()))
        {
            yield return problem;
        }
    }

    /// <summary>The name only: a record would print its members, and some are secret.</summary>
    public override string ToString() => nameof(MeshApiOptions);

    private IEnumerable<OptionProblem> SecretProblems()
    {
        (string Name, string? Value)[] needed =
        [
            (nameof(ClientCertificateFile), ClientCertificateFile),
            (nameof(TrustedRootsFile), TrustedRootsFile),
            (nameof(PasswordFile), Password ?? PasswordFile),
            (nameof(SharedKeyFile), SharedKey ?? SharedKeyFile),
        ];
        return needed.Where(n => string.IsNullOrWhiteSpace(n.Value)).Select(n => new OptionProblem(Section + n.Name, "names no file"));
    }

    private IEnumerable<OptionProblem> LimitProblems()
    {
        if (string.IsNullOrWhiteSpace(WorkFolder))
        {
            yield return new OptionProblem(Section + nameof(WorkFolder), "a folder is needed");
        }

        // One request may hold 100 MB, and incompressible bytes grow a little when they are compressed.
        (string Name, int Value, int Least, int Most)[] limits =
        [
            (nameof(ChunkMegabytes), ChunkMegabytes, 5, 90),
            (nameof(MaxMessageMegabytes), MaxMessageMegabytes, 1, 102_400),
            (nameof(TimeoutSeconds), TimeoutSeconds, 5, 3600),
            (nameof(ConnectTimeoutSeconds), ConnectTimeoutSeconds, 1, 300),
            (nameof(WaitBeforeResendSeconds), WaitBeforeResendSeconds, 5, 3600),
        ];
        foreach (var (name, value, least, most) in limits)
        {
            if (value < least || value > most)
            {
                yield return new OptionProblem(Section + name, $"must be from {least} to {most}");
            }
        }
    }
}
