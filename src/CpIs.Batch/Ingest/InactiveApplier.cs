using CpIs.Batch.Steps;
using CpIs.Domain.Accesses;
using CpIs.Domain.Alerts;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Storage.Inbound;

namespace CpIs.Batch.Ingest;

/// <summary>Puts numbers on the inactive list and tells those who must correct the care record (rules N3, A6).</summary>
internal sealed class InactiveApplier(CouncilRun run, CareFacts care, AlertDesk desk)
{
    private readonly InactiveNumberStore _store = new(run.Session);

    /// <summary>Applies a notification inside the caller's transaction.</summary>
    public async Task ApplyAsync(InactiveNotification notification, InboundHead head, IngestTally tally, CancellationToken cancellationToken)
    {
        foreach (var subject in notification.Subjects)
        {
            tally.InactiveNumbers++;
            if (!string.IsNullOrWhiteSpace(subject.NhsNumber))
            {
                await _store.PutAsync(subject.NhsNumber, subject.Replacements, head.InboundId, run.Now, cancellationToken);
            }

            await TellAsync(subject, head, tally, cancellationToken);
        }
    }

    private async Task TellAsync(InactiveNumber subject, InboundHead head, IngestTally tally, CancellationToken cancellationToken)
    {
        var facts = await care.FactsAsync(subject.NhsNumber, subject.LocalPersonId, cancellationToken);
        var files = InactiveMatcher.Match(subject, facts, run.Context.BusinessDate);
        var cause = AlertCause.InactiveNumber(Normal(subject.NhsNumber ?? $"local id {subject.LocalPersonId}"), subject.Replacements.Select(Normal));
        if (files.Count == 0)
        {
            await desk.RaiseToRoleAsync(AlertType.NumberInactive, AlertWording.NumberInactiveUnknown(subject), cause, head.InboundId, tally, cancellationToken);
        }

        foreach (var file in files)
        {
            var person = care.Person(file.PersonId);
            var mother = file.HolderId == file.PersonId
                ? null
                : new MotherOfUnborn(file.HolderId, AlertWording.NameOf(care.Person(file.HolderId), file.HolderId));
            await desk.RaiseAsync(
                AlertType.NumberInactive,
                file.PersonId,
                care.RecipientsOf(person, desk.Policy.DutyRole),
                AlertWording.NumberInactive(AlertWording.NameOf(person, file.PersonId), mother, subject.Replacements),
                cause,
                head.InboundId,
                tally,
                cancellationToken);
        }
    }

    private static string Normal(string given) => NhsNumber.TryParse(given, out var number) ? number.Value : given.Trim();
}
