using CpIs.Batch.Recovery;
using CpIs.Batch.Steps;
using CpIs.Domain.Acknowledgements;
using CpIs.Domain.Alerts;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;
using CpIs.Storage.Inbound;
using CpIs.Storage.Ledger;
using CpIs.Transport;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Ingest;

/// <summary>Brings the answers of CP-IS, and the transport's reports on files, into the ledger (rules K1 to K3).</summary>
internal sealed class AnswerApplier(CouncilRun run, CareFacts care, AlertDesk desk)
{
    /// <summary>MESH tells that it will try again by itself (reference mesh-api section 10).</summary>
    private const string Delayed = "05";

    private readonly FileStore _files = new(run.Session);
    private readonly AnswerStore _answers = new(run.Session);
    private readonly ILogger _log = run.Context.Log("ingest");

    /// <summary>Applies an acknowledgement inside the caller's transaction.</summary>
    public async Task ApplyAsync(Acknowledgement answer, InboundHead head, IngestTally tally, CancellationToken cancellationToken)
    {
        tally.Acknowledgements++;
        var file = SequenceNumber.TryParse(answer.FileNumber, out var number) ? await ToldAsync(number, cancellationToken) : null;
        var unanswered = file is null ? await UnansweredAsync(cancellationToken) : [];
        var messageId = FormattableString.Invariant($"{head.InboundId}");
        var reading = AcknowledgementInterpreter.Interpret(answer, file, unanswered, messageId);
        await ApplyAsync(file, reading, answer.FileCodes, answer.Results.Count > 0, head, cancellationToken);
        if (file is not null && reading.Effect == AnswerEffect.DueAgain)
        {
            // Only now, with this failure in the ledger, can it be told how often in a row it happened (rule K2).
            var inARow = await _files.ConsecutiveFailuresAsync(file.FileNumber, FileCodes.PdsUnavailable, cancellationToken);
            reading = AcknowledgementInterpreter.Interpret(answer, file with { EarlierUnavailable = inARow - 1 }, unanswered, messageId);
        }

        await RecordAsync(file?.FileNumber, answer.FileNumber, answer.FileCodes.Select(c => c.Code), reading, answer.Unread.Count == 0, head, tally, cancellationToken);
    }

    /// <summary>Applies a report of the transport inside the caller's transaction.</summary>
    public async Task ApplyAsync(TransportReport report, InboundHead head, IngestTally tally, CancellationToken cancellationToken)
    {
        tally.TransportReports++;
        await NoteUnknownAsync(report, head, cancellationToken);
        if (!report.IsError || (report.Code?.Trim() == Delayed && !IsAbout(report, "SEND")) || IsAbout(report, "RECEIVE") || IsAbout(report, "COLLECT"))
        {
            _log.LogInformation("Inbound {InboundId}: a transport report that changes nothing ({Event} {Code})", head.InboundId, report.Event, report.Code);
            return;
        }

        var stored = await FindAsync(report, cancellationToken);
        var file = stored is null ? null : await ToldAsync(stored.Number, cancellationToken);
        var verbatim = AlertWording.Verbatim(report.Event ?? string.Empty, report.Code, report.Description);
        if (file is null)
        {
            await desk.RaiseToRoleAsync(
                AlertType.AcknowledgementProblem,
                AlertWording.AcknowledgementProblem(
                    "unknown",
                    $"The transport reports an error about a message that is not one of the files handed over ({verbatim}).",
                    "Nothing was changed."),
                FormattableString.Invariant($"report:{head.InboundId}"),
                head.InboundId,
                tally,
                cancellationToken);
            return;
        }

        var code = report.Code?.Trim() ?? "unknown";
        var reading = AcknowledgementInterpreter.NotDelivered(file, code, verbatim);
        await ApplyAsync(file, reading, [new AcknowledgementCode(reading.Fingerprint, verbatim)], false, head, cancellationToken);
        await RecordAsync(file.FileNumber, file.FileNumber.ToString(), [code], reading, isComplete: true, head, tally, cancellationToken);
    }

    /// <summary>
    /// A report on a file under an id that only this program gives, with a number that was never handed out: the database is older than
    /// what was sent. It is kept with the answers, so that nothing is sent before that is put right.
    /// </summary>
    private async Task NoteUnknownAsync(TransportReport report, InboundHead head, CancellationToken cancellationToken)
    {
        if (PayloadPlaces.NumberIn(report.LocalId) is { } number && number.Value > await _files.LastUsedAsync(cancellationToken))
        {
            var reading = new AcknowledgementReading(AnswerEffect.NoSuchFile, [], [], "report");
            await _answers.AddAsync(head.InboundId, null, number.ToString(), report.Code is { } code ? [code.Trim()] : [], reading, isComplete: true, run.RunId, run.Now, cancellationToken);
        }
    }

    private static bool IsAbout(TransportReport report, string topic) => string.Equals(report.Event?.Trim(), topic, StringComparison.OrdinalIgnoreCase);

    private async Task<StoredFile?> FindAsync(TransportReport report, CancellationToken cancellationToken) =>
        (string.IsNullOrWhiteSpace(report.LinkedMessageId) ? null : await _files.FindByMessageIdAsync(report.LinkedMessageId.Trim(), cancellationToken))
        ?? (string.IsNullOrWhiteSpace(report.LocalId) ? null : await _files.FindByLocalIdAsync(report.LocalId.Trim(), cancellationToken));

    /// <summary>A file that was handed over, or whose handing over was begun: an answer proves that it arrived.</summary>
    private async Task<AnsweredFile?> ToldAsync(SequenceNumber number, CancellationToken cancellationToken)
    {
        if (await _files.FindAsync(number, cancellationToken) is not { Attempts: > 0 } file)
        {
            return null;
        }

        var records = new List<LedgerEvent>(file.RecordCount);
        await foreach (var record in _files.RecordsAsync(number).WithCancellation(cancellationToken))
        {
            records.Add((record with { ToldAt = record.ToldAt ?? file.BegunAt ?? run.Now }).ToEvent());
        }

        return new AnsweredFile(number, records, await _answers.FirstAsync(number, cancellationToken));
    }

    private async Task<IReadOnlyList<SequenceNumber>> UnansweredAsync(CancellationToken cancellationToken) =>
        [.. (await _files.UnansweredAsync(run.Now, cancellationToken)).Select(f => f.Number)];

    private async Task ApplyAsync(
        AnsweredFile? file, AcknowledgementReading reading, IReadOnlyList<AcknowledgementCode> codes, bool isByRecord, InboundHead head, CancellationToken cancellationToken)
    {
        if (file is null)
        {
            return;
        }

        FileOutcome outcome;
        switch (reading.Effect)
        {
            case AnswerEffect.Answered:
                outcome = isByRecord ? FileOutcome.ByRecord : FileOutcome.Confirmed;
                break;
            case AnswerEffect.Refused or AnswerEffect.DueAgain:
                outcome = FileOutcome.Failed;

                // The code that decided comes first, in the letter case in which it is counted.
                var deciding = reading.Verdicts.Count > 0 ? reading.Verdicts[0].Code : codes[0].Code;
                codes = [new AcknowledgementCode(deciding, codes.FirstOrDefault(c => c.Code == deciding)?.Display), .. codes.Where(c => c.Code != deciding)];
                break;
            case AnswerEffect.FillsIn:
                await _answers.FillInAsync(file.FileNumber, reading.Verdicts, run.Now, cancellationToken);
                return;
            default:
                return;
        }

        var answers = outcome == FileOutcome.ByRecord
            ? reading.Verdicts.Select(v => new RecordAnswer(v.Record.RecordNumber, v.Outcome, v.Code, v.Display, v.Detail)).ToList()
            : [];
        var result = await _files.MarkAnsweredAsync(
            new FileAnswer(file.FileNumber, run.Now, FormattableString.Invariant($"{head.InboundId}"), codes, outcome, answers), cancellationToken);
        if (result != AnswerResult.Applied)
        {
            throw new InvalidOperationException($"File {file.FileNumber} could not take its first answer ({result}).");
        }
    }

    private async Task RecordAsync(
        SequenceNumber? fileNumber,
        string givenNumber,
        IEnumerable<string> codes,
        AcknowledgementReading reading,
        bool isComplete,
        InboundHead head,
        IngestTally tally,
        CancellationToken cancellationToken)
    {
        await _answers.AddAsync(head.InboundId, fileNumber, givenNumber, codes, reading, isComplete, run.RunId, run.Now, cancellationToken);
        _log.LogInformation("Inbound {InboundId}: answer to file {FileNumber}, {Effect}", head.InboundId, fileNumber, reading.Effect);
        foreach (var alert in reading.Alerts)
        {
            await desk.RaiseToRoleAsync(alert.Type, alert.Text, alert.Cause, head.InboundId, tally, cancellationToken);
        }

        foreach (var verdict in reading.Verdicts.Where(v => v.Outcome == RecordOutcome.Rejected))
        {
            tally.Rejected++;
            await TellRejectedAsync(verdict, head, tally, cancellationToken);
        }
    }

    private async Task TellRejectedAsync(RecordVerdict verdict, InboundHead head, IngestTally tally, CancellationToken cancellationToken)
    {
        var record = verdict.Record;
        var ofMother = record.Key.PlanType == PlanType.Ucpp;
        var name = AlertWording.RecordName(record.Key.PlanType, record.Key.Start, record.IsRemoval);
        var problem = RecordCodes.Problem(verdict.Code, ofMother);
        var advice = RecordCodes.Advice(verdict.Code, ofMother);
        foreach (var childId in record.ChildIds.DefaultIfEmpty(record.HolderId))
        {
            var person = care.Person(childId);
            var forWorker = RecordCodes.IsForWorker(verdict.Code);
            await desk.RaiseAsync(
                AlertType.UploadRejected,
                childId,
                forWorker ? care.RecipientsOf(person, desk.Policy.DutyRole) : [desk.Policy.DutyRole.Recipient(person?.Team)],
                forWorker
                    ? AlertWording.Rejected(AlertWording.NameOf(person, childId), name, record.FileNumber, problem, advice)
                    : AlertWording.RejectedToRole(childId, name, record.FileNumber, record.RecordNumber, problem, advice, verdict.Code, verdict.Display, verdict.Detail),
                FormattableString.Invariant($"record:{record.FileNumber}:{record.RecordNumber}"),
                head.InboundId,
                tally,
                cancellationToken);
        }
    }
}
