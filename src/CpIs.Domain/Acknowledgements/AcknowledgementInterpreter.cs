using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CpIs.Domain.Alerts;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;

namespace CpIs.Domain.Acknowledgements;

/// <summary>Says what an answer from CP-IS means for the file it answers (rules K1 to K3). Pure.</summary>
public static class AcknowledgementInterpreter
{
    /// <summary>From this failure in a row on, CPF05 raises an alert (rule K2).</summary>
    private const int UnavailableTooOften = 3;

    /// <summary>MESH's code for a bad CP-IS file.</summary>
    private const string BadCpIsFile = "15";

    private const string FirstStands = "The first answer stands; the message is kept. Ask the CP-IS service desk which answer is right.";

    /// <summary>Interprets an answer.</summary>
    /// <param name="answer">The message.</param>
    /// <param name="file">The file that it names, or null when no such file was told or its number cannot be read.</param>
    /// <param name="unanswered">Files without an answer at present, to be named where the answer names none.</param>
    /// <param name="messageId">Our own id of the message, which keeps alerts of different messages apart.</param>
    public static AcknowledgementReading Interpret(
        Acknowledgement answer, AnsweredFile? file, IReadOnlyList<SequenceNumber> unanswered, string messageId)
    {
        var codes = answer.FileCodes.Select(c => c.Code).ToList();
        var meaning = FileCodes.MeaningOf(codes);
        if (file is null)
        {
            return NoSuchFile(answer, meaning, unanswered, messageId);
        }

        var assignment = RecordAssignment.Of(file.Records, answer);
        var fingerprint = FingerprintOf(codes, assignment);
        if (file.FirstAnswer is { } first)
        {
            return Second(answer, file, first, meaning, assignment, fingerprint);
        }

        var alerts = new List<AnswerAlert>();
        var (effect, verdicts) = First(answer, file, meaning, assignment, alerts, fingerprint);
        AddProblems(file, assignment, alerts, fingerprint);
        if (CountsOf(answer, file, meaning) is { } figures)
        {
            alerts.Add(new AnswerAlert(
                AlertType.CountMismatch,
                AlertWording.CountMismatch($"the answer to upload file {file.FileNumber}", figures),
                $"answer-counts:{messageId}"));
        }

        return new AcknowledgementReading(effect, verdicts, alerts, fingerprint);
    }

    /// <summary>MESH's own report that a file did not get through; error 15 is a bad CP-IS file, as CPF01 without an answer (rule K2).</summary>
    /// <param name="code">MESH's code.</param>
    /// <param name="verbatim">What MESH said.</param>
    public static AcknowledgementReading NotDelivered(AnsweredFile file, string code, string verbatim)
    {
        var fingerprint = "mesh-" + FileCodes.Normal(code);
        if (file.FirstAnswer is { } first)
        {
            return first.Fingerprint == fingerprint
                ? new AcknowledgementReading(AnswerEffect.SaysTheSame, [], [], fingerprint)
                : new AcknowledgementReading(
                    AnswerEffect.Contradicts,
                    [],
                    [Problem(file.FileNumber.ToString(), $"MESH reports that the file did not get through ({verbatim}), but it has been answered already.", FirstStands, fingerprint)],
                    fingerprint);
        }

        var problem = FileCodes.Normal(code) == BadCpIsFile
            ? "MESH did not pass the file on, because it is not a good CP-IS file."
            : "MESH did not deliver the file to CP-IS.";
        return new AcknowledgementReading(
            AnswerEffect.Refused,
            AllFailed(file, fingerprint, verbatim),
            [FileRejected(file, AlertWording.FileRejected(
                file.FileNumber, file.Records.Count, problem, verbatim, "Report it to the MESH service desk unless the cause is known."))],
            fingerprint);
    }

    private static AcknowledgementReading NoSuchFile(
        Acknowledgement answer, FileMeaning meaning, IReadOnlyList<SequenceNumber> unanswered, string messageId)
    {
        var isNumber = SequenceNumber.TryParse(answer.FileNumber, out var number);
        var verbatim = Verbatim(answer);
        var alert = !isNumber && meaning == FileMeaning.Refused
            ? new AnswerAlert(AlertType.FileRejected, AlertWording.UnnamedFileRejected(verbatim, unanswered), $"file-unnamed:{messageId}")
            : Problem(
                isNumber ? number.ToString() : "unknown",
                isNumber
                    ? $"CP-IS has answered a file that was never handed over to it ({verbatim})."
                    : $"CP-IS has answered a file without saying which ({verbatim}).",
                isNumber
                    ? "If the database was restored from a backup, newer files may be missing in it. Nothing was changed."
                    : "Nothing was changed.",
                messageId);
        return new AcknowledgementReading(AnswerEffect.NoSuchFile, [], [alert], string.Empty);
    }

    private static (AnswerEffect Effect, IReadOnlyList<RecordVerdict> Verdicts) First(
        Acknowledgement answer, AnsweredFile file, FileMeaning meaning, RecordAssignment assignment, List<AnswerAlert> alerts, string fingerprint)
    {
        var verbatim = Verbatim(answer);
        switch (meaning)
        {
            case FileMeaning.Refused:
                var code = answer.FileCodes.First(c => FileCodes.MeaningOf(c.Code) == FileMeaning.Refused).Code;
                alerts.Add(FileRejected(file, AlertWording.FileRejected(
                    file.FileNumber, file.Records.Count, FileCodes.Problem(code), verbatim + RecordCodesListed(answer), FileCodes.Advice(code))));
                return (AnswerEffect.Refused, AllFailed(file, code, null));

            case FileMeaning.Unavailable:
                if (file.EarlierUnavailable + 1 >= UnavailableTooOften)
                {
                    alerts.Add(FileRejected(
                        file, AlertWording.RepeatedlyUnavailable(file.FileNumber, file.Records.Count, file.EarlierUnavailable + 1, verbatim)));
                }

                return (AnswerEffect.DueAgain, AllFailed(file, FileCodes.PdsUnavailable, null));

            case FileMeaning.Loaded or FileMeaning.LoadedInPart when answer.Results.Count > 0:
                return (AnswerEffect.Answered, assignment.Verdicts);

            // Results that could not be read are results all the same: without them nothing is known of the records.
            case FileMeaning.Loaded or FileMeaning.LoadedInPart when answer.Unread.Count > 0:
                return (AnswerEffect.StaysUnanswered, []);

            case FileMeaning.Loaded:
                var loaded = answer.FileCodes.First(c => FileCodes.MeaningOf(c.Code) == FileMeaning.Loaded);
                return (AnswerEffect.Answered, All(file, RecordOutcome.Confirmed, loaded.Code, loaded.Display));

            case FileMeaning.LoadedInPart:
                alerts.Add(Problem(
                    file.FileNumber.ToString(),
                    $"CP-IS says that it loaded a part of the file, but not which records ({verbatim}).",
                    "None is taken as confirmed; the file counts as unanswered.",
                    fingerprint));
                return (AnswerEffect.StaysUnanswered, []);

            default:
                alerts.Add(Problem(
                    file.FileNumber.ToString(),
                    $"The answer of CP-IS to the file is not known here or contradicts itself ({verbatim}).",
                    "None of its records is taken as confirmed; the file counts as unanswered. Ask the CP-IS service desk what it means.",
                    fingerprint));
                return (AnswerEffect.StaysUnanswered, []);
        }
    }

    private static AcknowledgementReading Second(
        Acknowledgement answer, AnsweredFile file, FirstAnswer first, FileMeaning meaning, RecordAssignment assignment, string fingerprint)
    {
        if (fingerprint == first.Fingerprint)
        {
            return new AcknowledgementReading(AnswerEffect.SaysTheSame, [], [], fingerprint);
        }

        if (!first.IsComplete && meaning is FileMeaning.Loaded or FileMeaning.LoadedInPart)
        {
            var verdicts = assignment.Verdicts;
            if (verdicts.All(v => v.Record.Outcome == RecordOutcome.Unanswered || Agrees(v)))
            {
                return new AcknowledgementReading(
                    AnswerEffect.FillsIn, [.. verdicts.Where(v => v.Record.Outcome == RecordOutcome.Unanswered)], [], fingerprint);
            }
        }

        return new AcknowledgementReading(
            AnswerEffect.Contradicts,
            [],
            [Problem(
                file.FileNumber.ToString(),
                $"CP-IS has answered the file a second time, and says something else than before ({Verbatim(answer)}).",
                FirstStands,
                fingerprint)],
            fingerprint);
    }

    private static bool Agrees(RecordVerdict verdict) =>
        verdict.Outcome == verdict.Record.Outcome
        && (verdict.Outcome != RecordOutcome.Rejected || FileCodes.Normal(verdict.Code) == FileCodes.Normal(verdict.Record.RejectionCode));

    private static void AddProblems(AnsweredFile file, RecordAssignment assignment, List<AnswerAlert> alerts, string fingerprint)
    {
        var problems = new List<string>(2);
        if (assignment.NotInFile.Count > 0)
        {
            problems.Add($"{Results(assignment.NotInFile)} about a record that was not in the file.");
        }

        if (assignment.Uncertain.Count > 0)
        {
            problems.Add($"{Results(assignment.Uncertain)} such that it cannot be told which record is meant; these records count as unanswered.");
        }

        if (problems.Count > 0)
        {
            alerts.Add(Problem(
                file.FileNumber.ToString(), string.Join(' ', problems), "Everything else was applied; the message is kept. Ask the CP-IS service desk.", "results:" + fingerprint));
        }
    }

    private static string Results(IList<RecordResult> results)
    {
        var codes = string.Join(", ", results.Select(r => FileCodes.Normal(r.Code)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
        return results.Count == 1 ? $"1 record result ({codes}) is" : $"{results.Count.ToString(CultureInfo.InvariantCulture)} record results ({codes}) are";
    }

    /// <summary>What disagrees in the counts, in figures; null when nothing does (rule K3).</summary>
    private static string? CountsOf(Acknowledgement answer, AnsweredFile file, FileMeaning meaning)
    {
        var figures = new List<string>();
        var results = answer.Results.Where(r => !RecordAssignment.IsLoose(r)).ToLookup(r => RecordCodes.IsConfirmation(r.Code));
        var (confirmed, rejected) = (results[true].Count(), results[false].Count());
        switch (meaning)
        {
            case FileMeaning.Refused or FileMeaning.Unavailable:
                Compare("successful", answer.Successful, 0, "loaded");
                break;

            default:
                Compare("processed", answer.Processed, file.Records.Count, "sent");
                if (answer is { Processed: { } processed, Successful: { } successful, Failed: { } failed } && processed != successful + failed)
                {
                    figures.Add($"{processed} processed, but {successful} successful and {failed} failed");
                }

                if (confirmed + rejected > 0 && answer.Unread.Count == 0)
                {
                    Compare("successful", answer.Successful, confirmed, "listed");
                    Compare("failed", answer.Failed, rejected, "listed");
                }
                else if (meaning == FileMeaning.Loaded && answer.Unread.Count == 0)
                {
                    Compare("successful", answer.Successful, file.Records.Count, "sent");
                    Compare("failed", answer.Failed, 0, "expected");
                }

                break;
        }

        return figures.Count == 0 ? null : string.Join("; ", figures);

        void Compare(string what, int? stated, int actual, string asWhat)
        {
            if (stated is { } value && value != actual)
            {
                figures.Add($"{value} {what}, but {actual} {asWhat}");
            }
        }
    }

    private static string FingerprintOf(List<string> codes, RecordAssignment assignment)
    {
        var lines = codes.Select(c => "file " + FileCodes.Normal(c)).Distinct(StringComparer.Ordinal)
            .Concat(assignment.Verdicts.Select(v => $"record {v.Record.RecordNumber} {FileCodes.Normal(v.Code)} {v.Detail?.Trim()}"))
            .Concat(assignment.NotInFile.Select(r => "other " + Line(r)))
            .Concat(assignment.Uncertain.Select(r => "uncertain " + Line(r)))
            .Order(StringComparer.Ordinal);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))));

        static string Line(RecordResult r) =>
            $"{(NhsNumber.TryParse(r.NhsNumber, out var number) ? number.Value : r.NhsNumber?.Trim())} {string.Join('+', r.PlanTypes.Order())} {FileCodes.Normal(r.Code)} {r.Detail?.Trim()}";
    }

    private static IReadOnlyList<RecordVerdict> AllFailed(AnsweredFile file, string code, string? display) => All(file, RecordOutcome.Failed, code, display);

    private static IReadOnlyList<RecordVerdict> All(AnsweredFile file, RecordOutcome outcome, string code, string? display) =>
        [.. file.Records.OrderBy(r => r.RecordNumber).Select(r => new RecordVerdict(r, outcome, code, display, null))];

    private static AnswerAlert FileRejected(AnsweredFile file, AlertText text) => new(AlertType.FileRejected, text, $"file:{file.FileNumber}");

    private static AnswerAlert Problem(string fileNumber, string problem, string advice, string cause) =>
        new(AlertType.AcknowledgementProblem, AlertWording.AcknowledgementProblem(fileNumber, problem, advice), $"answer:{fileNumber}:{cause}");

    private static string Verbatim(Acknowledgement answer) =>
        string.Join("; ", answer.FileCodes.Select(c => AlertWording.Verbatim(c.Code, c.Display)));

    private static string RecordCodesListed(Acknowledgement answer)
    {
        var codes = answer.Results
            .Where(r => !RecordCodes.IsConfirmation(r.Code))
            .CountBy(r => FileCodes.Normal(r.Code))
            .OrderBy(c => c.Key, StringComparer.Ordinal)
            .Select(c => $"{c.Key} {c.Value} times");
        var listed = string.Join(", ", codes);
        return listed.Length == 0 ? string.Empty : $"; record codes: {listed}";
    }
}
