using System.Globalization;
using CpIs.Domain.Acknowledgements;
using CpIs.Domain.Time;
using CpIs.Storage.Report;

namespace CpIs.Batch.Explain;

/// <summary>Puts everything that is known of a person in order of time.</summary>
internal static class Timeline
{
    public static IReadOnlyList<TimelineEntry> Of(PersonExplained person, InactiveNumberNotice? inactive) =>
        [.. All(person, inactive).OrderBy(e => e.At).ThenBy(e => e.Kind, StringComparer.Ordinal).ThenBy(e => e.Text, StringComparer.Ordinal)];

    private static IEnumerable<TimelineEntry> All(PersonExplained person, InactiveNumberNotice? inactive)
    {
        foreach (var row in person.Source.People.Where(p => p.ChangedAt is not null))
        {
            yield return Entry(row.ChangedAt!.Value, "care-record", $"The person row of {row.PersonId} was last changed.");
        }

        foreach (var row in person.Source.Plans.Where(p => p.ChangedAt is not null))
        {
            yield return Entry(row.ChangedAt!.Value, "care-record", $"Plan {row.PlanId} of {row.PersonId} was last changed: {ExplainWords.Span(row.StartDate, row.EndDate)}.");
        }

        foreach (var row in person.Source.LegalStatuses.Where(p => p.ChangedAt is not null))
        {
            yield return Entry(row.ChangedAt!.Value, "care-record", $"Legal status {row.LegalStatusId} ({row.Code}) was last changed: {ExplainWords.Span(row.StartDate, row.EndDate)}.");
        }

        foreach (var entry in person.Files.SelectMany(OfFile))
        {
            yield return entry;
        }

        foreach (var row in person.Ledger.Where(l => l.LapsedOn is not null))
        {
            yield return new TimelineEntry(
                London.StartOf(row.LapsedOn!.Value), false, "lapsed", $"The {ExplainWords.PlanName(row.PlanType)} {ExplainWords.Span(row.Start, row.End)} is over: CP-IS shows it no longer.");
        }

        foreach (var access in person.Accesses)
        {
            var who = string.Join(", ", new[] { access.AccessedBy, access.JobRole, access.OrganisationName ?? access.OrganisationCode }.OfType<string>());
            yield return new TimelineEntry(
                access.AccessedAt, access.TimeIsKnown, "access",
                $"The record was accessed{(access.ThroughMother ? " under the mother's number" : string.Empty)}{(access.PersonId == person.PersonId ? string.Empty : $" (file of {access.PersonId})")}: {(who.Length > 0 ? who : "by whom is not told")}.");
        }

        if (inactive is not null)
        {
            yield return Entry(inactive.FirstNotifiedAt, "inactive-number", inactive.Replacements.Count == 0
                ? "CP-IS said that the NHS number is no longer in use, and gave no other."
                : string.Create(CultureInfo.InvariantCulture, $"CP-IS said that the NHS number is no longer in use, and gave {inactive.Replacements.Count} in its place."));
        }

        foreach (var alert in person.Alerts)
        {
            yield return Entry(alert.RaisedAt, "alert", $"Alert {alert.Type} to {alert.RecipientKind} {alert.RecipientId}{(alert.PersonId == person.PersonId ? string.Empty : $" (file of {alert.PersonId})")}: {alert.Subject}");
            if (CompletedAt(alert.CompletedAt) is { } completed)
            {
                yield return new TimelineEntry(completed.At, completed.TimeIsKnown, "alert-completed", $"Alert {alert.Type} to {alert.RecipientKind} {alert.RecipientId} was completed by {alert.CompletedBy ?? "somebody"}.");
            }
        }
    }

    private static IEnumerable<TimelineEntry> OfFile(FileShown file)
    {
        var number = file.File.ToString("D6", CultureInfo.InvariantCulture);
        foreach (var record in file.Records)
        {
            var what = $"{ExplainWords.PlanName(record.PlanType)} {ExplainWords.Span(record.Start, record.End)}{(record.DeleteDate is null ? string.Empty : ", to be taken off")}";
            if (file.ToldAt is { } told)
            {
                yield return Entry(told, "told", $"File {number} told CP-IS ({record.Decision}): {what}.");
            }

            if (record.AnsweredAt is { } answered)
            {
                var code = record.AnswerCode is { } c ? $" ({c})" : string.Empty;
                yield return Entry(answered, "answered", record.Outcome switch
                {
                    "confirmed" => $"CP-IS confirmed it{code}: {what}, file {number}.",
                    "rejected" => $"CP-IS refused it{code}: {what}, file {number}. {RecordCodes.Problem(record.AnswerCode, record.PlanType == "UCPP")}",
                    "failed" => $"The whole file {number} came to nothing{code}: {what} is due again.",
                    _ => $"File {number} was answered{code} without a word of this record: {what}.",
                });
            }
        }

        foreach (var answer in file.Answers.Skip(1))
        {
            yield return Entry(answer.AppliedAt, "answered", $"Another answer to file {number} came ({answer.Codes}, {answer.Effect}); the first one stands.");
        }
    }

    /// <summary>The care system writes this column: a time, without offset in UTC, or only a date.</summary>
    private static (DateTimeOffset At, bool TimeIsKnown)? CompletedAt(string? written) =>
        DateOnly.TryParseExact(written?.Trim(), "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? (London.StartOf(date), false)
        : DateTimeOffset.TryParse(written, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? (at, true)
        : null;

    private static TimelineEntry Entry(DateTimeOffset at, string kind, string text) => new(at, true, kind, text);
}
