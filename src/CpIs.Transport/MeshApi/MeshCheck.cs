using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging;

namespace CpIs.Transport.MeshApi;

/// <summary>How serious a finding is.</summary>
public enum MeshFindingLevel
{
    Good,

    /// <summary>It works, and will not for ever.</summary>
    Warning,

    /// <summary>Sending or receiving does not work.</summary>
    Failure,
}

/// <summary>One thing that was checked.</summary>
/// <param name="Subject">What: <c>certificate</c>, <c>trust</c>, <c>handshake</c>, <c>clock</c>, <c>inbox</c>, <c>recipient</c> or <c>workflow</c>.</param>
/// <param name="Message">What was found.</param>
/// <param name="Advice">What to do; null when nothing.</param>
public sealed record MeshFinding(MeshFindingLevel Level, string Subject, string Message, string? Advice = null);

/// <summary>Checks, without sending or acknowledging anything, whether the MESH API can be used as configured.</summary>
public sealed class MeshCheck
{
    private const int WarnDays = 45;
    private static readonly TimeSpan SkewToWarn = TimeSpan.FromMinutes(5);

    /// <summary>Beyond two hours the server refuses every token.</summary>
    private static readonly TimeSpan SkewToFail = TimeSpan.FromHours(2);

    private readonly MeshApiOptions _options;
    private readonly MeshCredentials _credentials;
    private readonly MeshApiClient _client;
    private readonly TimeProvider _clock;

    /// <summary>Made by the service provider, see <see cref="MeshApiServices.AddMeshApi"/>.</summary>
    internal MeshCheck(IHttpClientFactory httpClients, MeshApiOptions options, MeshCredentials credentials, TimeProvider clock, ILogger<MeshCheck> logger)
    {
        _options = options;
        _credentials = credentials;
        _clock = clock;
        _client = new MeshApiClient(httpClients, options, clock, logger);
    }

    /// <summary>Whether any finding is a failure; the command then ends with exit code 3.</summary>
    public static bool Failed(IEnumerable<MeshFinding> findings) => findings.Any(f => f.Level == MeshFindingLevel.Failure);

    /// <summary>Runs every check that the ones before leave possible.</summary>
    public async Task<IReadOnlyList<MeshFinding>> RunAsync(CancellationToken cancellationToken)
    {
        var findings = new List<MeshFinding>();
        if (CheckFiles(findings) && await CheckHandshakeAsync(findings, cancellationToken))
        {
            await CheckInboxAsync(findings, cancellationToken);
            await CheckWorkflowsAsync(findings, cancellationToken);
        }

        return findings;
    }

    private bool CheckFiles(List<MeshFinding> findings)
    {
        try
        {
            CheckCertificate(findings, "certificate", "The client certificate", _credentials.Client.Certificate, "Ask the MESH service desk for a new one in good time: it takes days.");
            foreach (var root in _credentials.Roots)
            {
                CheckCertificate(findings, "trust", "A trusted certificate", root, "Get the current NHS root certificates for Transport:MeshApi:TrustedRootsFile.");
            }

            _ = _credentials.Password;
            _ = _credentials.SharedKey;
            return true;
        }
        catch (TransportException e)
        {
            findings.Add(new MeshFinding(MeshFindingLevel.Failure, "certificate", e.Message, "Check the path and its rights for the account that runs this program."));
            return false;
        }
    }

    private void CheckCertificate(List<MeshFinding> findings, string subject, string what, X509Certificate2 certificate, string advice)
    {
        var now = _clock.GetUtcNow();
        var until = new DateTimeOffset(certificate.NotAfter.ToUniversalTime());
        var days = (int)Math.Floor((until - now).TotalDays);
        var date = until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (until <= now)
        {
            findings.Add(new MeshFinding(MeshFindingLevel.Failure, subject, $"{what} expired on {date}.", advice));
        }
        else if (new DateTimeOffset(certificate.NotBefore.ToUniversalTime()) > now)
        {
            findings.Add(new MeshFinding(MeshFindingLevel.Failure, subject, $"{what} is not valid yet.", "Check the machine's clock, or wait until it is."));
        }
        else
        {
            var soon = days < WarnDays;
            findings.Add(new MeshFinding(soon ? MeshFindingLevel.Warning : MeshFindingLevel.Good, subject, $"{what} is valid for {days} more days, until {date}.", soon ? advice : null));
        }
    }

    private async Task<bool> CheckHandshakeAsync(List<MeshFinding> findings, CancellationToken cancellationToken)
    {
        try
        {
            var serverTime = await _client.HandshakeAsync(cancellationToken);
            findings.Add(new MeshFinding(MeshFindingLevel.Good, "handshake", $"MESH knows mailbox {_options.MailboxId} and lets us in."));
            CheckClock(findings, serverTime);
            return true;
        }
        catch (MeshCallException e)
        {
            var advice = MeshErrors.Explain(e.Failure);
            findings.Add(new MeshFinding(MeshFindingLevel.Failure, "handshake", e.Failure.Detail, advice.ToDo));
            CheckClock(findings, e.Failure.ServerTime);
            return false;
        }
    }

    private void CheckClock(List<MeshFinding> findings, DateTimeOffset? serverTime)
    {
        if (serverTime is not { } server)
        {
            return;
        }

        var skew = _clock.GetUtcNow() - server;
        var size = skew.Duration();
        var text = string.Create(CultureInfo.InvariantCulture, $"This machine's clock is {Math.Round(size.TotalSeconds)} s {(skew < TimeSpan.Zero ? "behind" : "ahead of")} the server's.");
        findings.Add(size switch
        {
            _ when size >= SkewToFail => new MeshFinding(MeshFindingLevel.Failure, "clock", text, "Set the clock and its time zone; MESH refuses what is two hours off."),
            _ when size >= SkewToWarn => new MeshFinding(MeshFindingLevel.Warning, "clock", text, "Check that the clock is kept right by NTP."),
            _ => new MeshFinding(MeshFindingLevel.Good, "clock", text),
        });
    }

    private async Task CheckInboxAsync(List<MeshFinding> findings, CancellationToken cancellationToken)
    {
        try
        {
            var page = await _client.ListAsync(workflow: null, next: null, cancellationToken);
            findings.Add(new MeshFinding(MeshFindingLevel.Good, "inbox", string.Create(CultureInfo.InvariantCulture, $"{page.Ids.Count}{(page.Next is null ? "" : " or more")} messages wait in the inbox.")));
        }
        catch (MeshCallException e)
        {
            findings.Add(new MeshFinding(MeshFindingLevel.Failure, "inbox", e.Failure.Detail, MeshErrors.Explain(e.Failure).ToDo));
        }
    }

    private async Task CheckWorkflowsAsync(List<MeshFinding> findings, CancellationToken cancellationToken)
    {
        const string advice = "Compare the workflow ids and mailboxes with the MESH registration, or ask the MESH service desk.";
        await CheckMemberAsync(
            findings, "recipient", _options.WorkflowIds.Upload.Trim(), _options.Recipient.Trim(), "The recipient's mailbox", nameof(MeshWorkflows.Upload), advice, odsCode: null, cancellationToken);
        (string Key, string Id)[] inbound =
        [
            (nameof(MeshWorkflows.Acknowledgement), _options.WorkflowIds.Acknowledgement),
            (nameof(MeshWorkflows.Access), _options.WorkflowIds.Access),
            (nameof(MeshWorkflows.Inactive), _options.WorkflowIds.Inactive),
        ];
        foreach (var (key, id) in inbound.DistinctBy(i => i.Id.Trim()))
        {
            await CheckMemberAsync(findings, "workflow", id.Trim(), _options.MailboxId, "Our mailbox", key, advice, _options.OdsCode, cancellationToken);
        }
    }

    /// <summary>A lookup need not know every registration, so what it does not confirm is a warning.</summary>
    private async Task CheckMemberAsync(
        List<MeshFinding> findings,
        string subject,
        string workflow,
        string mailbox,
        string whose,
        string key,
        string advice,
        string? odsCode,
        CancellationToken cancellationToken)
    {
        bool IsListed(IReadOnlyList<string> mailboxes) => mailboxes.Contains(mailbox, StringComparer.OrdinalIgnoreCase);
        try
        {
            var listed = !string.IsNullOrWhiteSpace(odsCode) && IsListed(await _client.FindAsync(odsCode.Trim(), workflow, cancellationToken));
            findings.Add(listed || IsListed(await _client.FindByWorkflowAsync(workflow, cancellationToken))
                ? new MeshFinding(MeshFindingLevel.Good, subject, $"{whose} receives the workflow of {MeshApiOptions.Section}WorkflowIds:{key}.")
                : new MeshFinding(MeshFindingLevel.Warning, subject, $"MESH does not list {LowerFirst(whose)} for the workflow of {MeshApiOptions.Section}WorkflowIds:{key}.", advice));
        }
        catch (MeshCallException e)
        {
            findings.Add(new MeshFinding(MeshFindingLevel.Warning, subject, $"The workflow of {MeshApiOptions.Section}WorkflowIds:{key} could not be looked up. {e.Failure.Detail}", advice));
        }
    }

    private static string LowerFirst(string text) => char.ToLowerInvariant(text[0]) + text[1..];
}
