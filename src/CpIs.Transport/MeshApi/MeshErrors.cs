namespace CpIs.Transport.MeshApi;

/// <summary>What an error code of MESH means and what is to be done, in an operator's words.</summary>
/// <param name="NeedsPerson">True when nothing gets better by waiting.</param>
public sealed record MeshAdvice(string Meaning, string ToDo, bool NeedsPerson)
{
    public override string ToString() => $"{Meaning} {ToDo}";
}

/// <summary>The error codes of MESH (reference mesh-api sections 8 and 10) and what follows from them.</summary>
public static class MeshErrors
{
    private const string AskServiceDesk = "Ask the MESH service desk, with our mailbox id and the message's ids.";
    private const string CheckRecipient = "Check the recipient's mailbox id (Recipient) with CP-IS and the MESH service desk.";
    private const string CheckWorkflow = "Check the workflow ids (WorkflowIds), and with the MESH service desk that both mailboxes are registered for them.";
    private const string ReportFault = "This is a fault of the settings or of this program; it does not go away by itself.";
    private const string NoDemographics = "CP-IS uploads are addressed to a mailbox, so check that Recipient is a mailbox id.";

    /// <summary>
    /// Explains the code of a report or of a refused sending. The same code means different things in different events: that of a
    /// MESH client's polling (event <c>RECEIVE</c>) is not that of a message.
    /// </summary>
    public static MeshAdvice Explain(string? @event, string? code) => (@event?.Trim().ToUpperInvariant(), code?.Trim().ToUpperInvariant()) switch
    {
        (_, null or "") => new("MESH gave no code.", AskServiceDesk, NeedsPerson: true),
        (_, "00" or "0") => new("The transfer went well.", "Nothing is to be done.", NeedsPerson: false),
        ("COLLECT", "01") => new("The MESH client found data without its control file.", "Check that nothing but this program writes to the client's out folder.", NeedsPerson: true),
        (_, "02") => new("The data was missing or empty.", "Run transform again; if it comes back, report it.", NeedsPerson: true),
        ("TRANSFER", "03") => new("The MESH client could not verify the server.", "Check the client's trust store and the network in between.", NeedsPerson: true),
        ("TRANSFER", "04") => new("The MESH client could not prove our identity.", "Check the client's certificate, mailbox password and shared key.", NeedsPerson: true),
        ("TRANSFER", "05") => new("The transfer is delayed; the MESH client tries again.", "Nothing is to be done yet.", NeedsPerson: false),
        (_, "06") => new("Headers or control file were malformed, or the MESH client gave up the transfer.", ReportFault, NeedsPerson: true),
        (_, "07") => new("The sender is not the mailbox that was authorised.", "Check our mailbox id (Mailbox) against the certificate and password.", NeedsPerson: true),
        (_, "08") => new("The recipient was missing.", CheckRecipient, NeedsPerson: true),
        (_, "09") => new("The version was not accepted.", ReportFault, NeedsPerson: true),
        (_, "11") => new("The message type was not accepted.", ReportFault, NeedsPerson: true),
        (_, "12") => new("The recipient is not registered with MESH.", CheckRecipient, NeedsPerson: true),
        ("SEND", "13") => new("The e-mail address was not accepted.", CheckRecipient, NeedsPerson: true),
        (_, "14") => new("The message was not collected within five days, or the recipient's mailbox is closed.", "Tell CP-IS; the records stay due and go out again once the loss is recorded.", NeedsPerson: true),
        ("RECEIVE", "15") => new("The MESH client could not look for messages.", "Check that it is running and can reach MESH.", NeedsPerson: true),
        ("RECEIVE", "16") => new("The MESH client could not verify the server while looking for messages.", "Check the client's trust store and the network in between.", NeedsPerson: true),
        ("RECEIVE", "17") => new("The MESH client could not prove our identity while looking for messages.", "Check the client's certificate, mailbox password and shared key.", NeedsPerson: true),
        (_, "15") => new("CP-IS could not take the file: bad CP-IS file.", "Its records stay due. Compare the file with the upload format and ask CP-IS what it found.", NeedsPerson: true),
        (_, "16") => new("Our mailbox may not send messages of this type.", CheckWorkflow, NeedsPerson: true),
        (_, "17") => new("The workflow is not registered for a mailbox.", CheckWorkflow, NeedsPerson: true),
        (_, "18") => new("The workflow is not enabled.", CheckWorkflow, NeedsPerson: true),
        (_, "19") => new("The time of expiry was not accepted.", ReportFault, NeedsPerson: true),
        (_, "20") => new("The message does not exist.", "Nothing is to be done: it was collected or has expired.", NeedsPerson: false),
        (_, "EPL-150") => new("Several mailboxes match the recipient.", CheckRecipient, NeedsPerson: true),
        (_, "EPL-151") => new("No mailbox matches.", "Check our own mailbox id (Mailbox) and the recipient's (Recipient) with the MESH service desk.", NeedsPerson: true),
        (_, "EPL-152") => new("MESH took the recipient for a patient and found the NHS number invalid.", NoDemographics, NeedsPerson: true),
        (_, "EPL-153") => new("MESH took the recipient for a patient and did not find the NHS number.", NoDemographics, NeedsPerson: true),
        (_, "EPL-154") => new("MESH took the recipient for a patient and the particulars did not match.", NoDemographics, NeedsPerson: true),
        (_, "INVALIDHEADERCHUNKS") => new("The parts of the file were numbered wrongly.", ReportFault, NeedsPerson: true),
        (_, "UNSUPPORTEDCONTENTENCODING") => new("MESH does not take the compression.", "Set Transport:MeshApi:Compress to false.", NeedsPerson: true),
        (_, "INVALID CHECKSUM") => new("MESH does not take the form of the checksum.", "Set Transport:MeshApi:SendChecksum to false.", NeedsPerson: true),
        (_, "MESSAGE ALREADY ACCEPTED") => new("The message is no longer available.", "Nothing is to be done: it was collected.", NeedsPerson: false),
        _ => new("MESH gave a code that is not in its published list.", AskServiceDesk, NeedsPerson: true),
    };

    /// <summary>Whether a report says that CP-IS could not take the file at all (rule K2, MESH error 15).</summary>
    public static bool IsBadCpisFile(TransportReport report) =>
        report.IsError
        && string.Equals(report.Code?.Trim(), "15", StringComparison.Ordinal)
        && !string.Equals(report.Event?.Trim(), "RECEIVE", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether and how a failed request may be made again. A first sending is not repeated while it may have arrived.</summary>
    internal static MeshRetry RetryOf(MeshFailure failure) => failure switch
    {
        { Kind: FailureKind.Untrusted } => MeshRetry.No,
        { Kind: FailureKind.NotReached } => MeshRetry.Backoff,
        { Kind: FailureKind.NoAnswer } => OrSettle(failure.Call),
        { Status: 403 } => MeshRetry.FreshTokenOnce,
        { Status: 425 or 429 } => MeshRetry.Backoff,
        { Status: 408 or >= 500 } => OrSettle(failure.Call),
        _ => MeshRetry.No,
    };

    /// <summary>What the operator reads.</summary>
    internal static MeshAdvice Explain(MeshFailure failure) => failure switch
    {
        { Kind: FailureKind.Untrusted } => new("The server's certificate was not accepted: " + failure.Cause + ".", "Check Transport:MeshApi:TrustedRootsFile and that Url is the address MESH gave for this environment. Do not trust anything else.", NeedsPerson: true),
        { Kind: FailureKind.NotReached } => new("The MESH server could not be reached: " + failure.Cause + ".", "Check Transport:MeshApi:Url, the network, the firewall and, if it goes on, the client certificate.", NeedsPerson: false),
        { Kind: FailureKind.NoAnswer } => new("The MESH server gave no complete answer: " + failure.Cause + ".", "It is tried again; if it goes on, check the network, and that the client certificate is the one that MESH issued.", NeedsPerson: false),
        { Error.IsPage: true } => new($"A web page came back instead of an answer of MESH (HTTP {failure.Status}).", "A proxy or gateway stands in between, or MESH is being maintained.", NeedsPerson: failure.Status is < 500 and not (425 or 429)),
        { Status: 403, Error.Code: "EPL-151" } => Explain(failure.Error.Event, failure.Error.Code),
        { Status: 403 } => new("MESH refused our identity (HTTP 403).", "Check the machine's clock, then Mailbox, PasswordFile, SharedKeyFile and the client certificate: mesh check tells them apart.", NeedsPerson: true),
        { Status: 429 or 425 } => new($"MESH asks us to come later (HTTP {failure.Status}).", "It is tried again in the next run.", NeedsPerson: false),
        { Status: 408 or >= 500 } => new($"MESH has trouble of its own (HTTP {failure.Status}).", "It is tried again in the next run.", NeedsPerson: false),
        { Status: >= 300 and < 400 } => new($"The server redirects us (HTTP {failure.Status}).", "Check Transport:MeshApi:Url: it is scheme and host only.", NeedsPerson: true),
        { Error.Code.Length: > 0 } => Explain(failure.Error.Event, failure.Error.Code),
        { Status: 400 } => new("MESH found the request malformed (HTTP 400).", ReportFault, NeedsPerson: true),
        { Status: 404, Call: MeshCall.Download or MeshCall.Look or MeshCall.Acknowledge } or { Status: 410 } => new($"The message is no longer there (HTTP {failure.Status}).", "Nothing is to be done.", NeedsPerson: false),
        { Status: 404 } => new("MESH does not know what was asked for (HTTP 404).", "Check Transport:MeshApi:Url and Mailbox.", NeedsPerson: true),
        { Status: 406 } => new("A part of the file has a number beyond the total (HTTP 406).", ReportFault, NeedsPerson: true),
        { Status: 413 } => new("The file, or a part of it, is too large for MESH (HTTP 413).", "Lower Transport:MeshApi:ChunkMegabytes.", NeedsPerson: true),
        { Status: 417 } => new("MESH refused the sending (HTTP 417).", CheckRecipient + " " + CheckWorkflow, NeedsPerson: true),
        { Status: 422 } => new("MESH does not take the compression (HTTP 422).", "Set Transport:MeshApi:Compress to false.", NeedsPerson: true),
        { Status: 423 } => new("MESH has closed the message to further parts (HTTP 423).", AskServiceDesk, NeedsPerson: true),
        _ => new($"MESH refused the request (HTTP {failure.Status}).", AskServiceDesk, NeedsPerson: true),
    };

    private static MeshRetry OrSettle(MeshCall call) => call == MeshCall.Send ? MeshRetry.Settle : MeshRetry.Backoff;
}

/// <summary>How a failed request may be repeated.</summary>
internal enum MeshRetry
{
    No,

    /// <summary>Once, at once, with a new token.</summary>
    FreshTokenOnce,

    /// <summary>A few times, with growing waits or as the server asks.</summary>
    Backoff,

    /// <summary>Not before tracking has told what became of it.</summary>
    Settle,
}
