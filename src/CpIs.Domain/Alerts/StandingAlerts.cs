using CpIs.Domain.Decisions;

namespace CpIs.Domain.Alerts;

/// <summary>A standing alert that should be on the tray of each recipient (rules A5, S6, N6).</summary>
public sealed record StandingNeed(AlertType Type, string PersonId, IReadOnlyList<Recipient> Recipients);

/// <summary>A standing alert as it lies on a tray, open or completed.</summary>
/// <param name="FirstIssuedOn">When the first alert of the same cause was raised.</param>
/// <param name="CompletedOn">London date of completion; null while open, or where the care system did not say.</param>
/// <param name="CompletedByEngine">True when the engine closed it.</param>
/// <param name="DaysOutstanding">As stored.</param>
public sealed record StandingAlert(
    long AlertId,
    AlertType Type,
    string PersonId,
    RecipientKind Kind,
    string RecipientId,
    bool IsOpen,
    DateOnly IssuedOn,
    DateOnly FirstIssuedOn,
    DateOnly? CompletedOn,
    bool CompletedByEngine,
    int DaysOutstanding);

/// <summary>A standing alert to be raised or raised again.</summary>
/// <param name="FirstIssuedOn">From which the days outstanding are counted.</param>
public sealed record StandingRaise(AlertType Type, string PersonId, Recipient Recipient, DateOnly FirstIssuedOn);

/// <summary>What is to be done on the trays.</summary>
/// <param name="Raise">In order of type, person and recipient.</param>
/// <param name="Close">Open alerts that the engine completes: no longer needed, or for somebody else now.</param>
/// <param name="Settle">Alerts of a cause that is gone: they do not count when it should ever come back.</param>
/// <param name="Refresh">Open alerts whose days outstanding are to be set.</param>
public sealed record StandingChanges(
    IReadOnlyList<StandingRaise> Raise,
    IReadOnlyList<long> Close,
    IReadOnlyList<long> Settle,
    IReadOnlyList<(long AlertId, int DaysOutstanding)> Refresh);

/// <summary>
/// Keeps the standing alerts right (rule A5; also S6, N6). Pure: what should stand, compared with the trays. Applied twice on one day it
/// changes nothing the second time.
/// </summary>
public static class StandingAlerts
{
    /// <summary>The standing alert that a decision's reason calls for, or null.</summary>
    public static AlertType? For(string reason) => reason switch
    {
        _ when Reasons.IsNumberMissing(reason) => AlertType.NumberMissing,
        Reasons.ExpectedDateMissing => AlertType.ExpectedDateMissing,
        Reasons.NumberDuplicate => AlertType.NumberDuplicate,
        _ => null,
    };

    /// <summary>Compares.</summary>
    /// <param name="needs">What should stand; several of one type and person are one, for all their recipients.</param>
    /// <param name="trays">Standing alerts of the people looked at, open and completed, that are not settled; a restricted run gives only its own people's (rule U8).</param>
    /// <param name="businessDate">D of the run: an alert that was completed too early comes back on a later day (rule A5).</param>
    public static StandingChanges Compare(IEnumerable<StandingNeed> needs, IEnumerable<StandingAlert> trays, DateOnly businessDate)
    {
        var needed = needs
            .GroupBy(n => (n.Type, n.PersonId))
            .ToDictionary(g => g.Key, g => g.SelectMany(n => n.Recipients).DistinctBy(r => r.Tray).ToList());
        var present = trays.ToLookup(a => (a.Type, a.PersonId));

        var raise = new List<StandingRaise>();
        var close = new List<long>();
        var settle = new List<long>();
        var refresh = new List<(long AlertId, int DaysOutstanding)>();

        foreach (var gone in present.Where(g => !needed.ContainsKey(g.Key)))
        {
            close.AddRange(gone.Where(a => a.IsOpen).Select(a => a.AlertId));
            settle.AddRange(gone.Select(a => a.AlertId));
        }

        foreach (var ((type, personId), recipients) in needed)
        {
            var alerts = present[(type, personId)].ToList();
            var first = alerts.Count > 0 ? alerts.Min(a => a.FirstIssuedOn) : businessDate;
            var wanted = recipients.ToDictionary(r => r.Tray);

            foreach (var tray in alerts.Where(a => a.IsOpen).GroupBy(a => (a.Kind, a.RecipientId)))
            {
                var open = tray.OrderBy(a => a.AlertId).ToList();
                var keep = wanted.ContainsKey(tray.Key) ? 1 : 0;
                close.AddRange(open.Skip(keep).Select(a => a.AlertId));

                // A run for an earlier business date does not turn the count back below nothing.
                var days = Math.Max(0, businessDate.DayNumber - first.DayNumber);
                refresh.AddRange(open.Take(keep).Where(a => a.DaysOutstanding != days).Select(a => (a.AlertId, days)));
            }

            foreach (var recipient in recipients.Where(r => IsDue(alerts.FindAll(a => (a.Kind, a.RecipientId) == r.Tray), businessDate)))
            {
                raise.Add(new StandingRaise(type, personId, recipient, first));
            }
        }

        return new StandingChanges(
            [.. raise.OrderBy(r => r.Type.Code, StringComparer.Ordinal).ThenBy(r => r.PersonId, StringComparer.Ordinal).ThenBy(r => r.Recipient.Kind).ThenBy(r => r.Recipient.Id, StringComparer.Ordinal)],
            [.. close.Order()],
            [.. settle.Order()],
            [.. refresh.OrderBy(r => r.AlertId)]);
    }

    private static bool IsDue(List<StandingAlert> ofRecipient, DateOnly businessDate)
    {
        if (ofRecipient.Exists(a => a.IsOpen))
        {
            return false;
        }

        var last = ofRecipient.MaxBy(a => a.AlertId);
        return last is null || last.CompletedByEngine || (last.CompletedOn ?? last.IssuedOn) < businessDate;
    }
}
