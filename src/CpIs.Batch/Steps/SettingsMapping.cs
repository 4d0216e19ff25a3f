using CpIs.Batch.Configuration;
using CpIs.Domain.Accesses;
using CpIs.Domain.Alerts;
using CpIs.Domain.Decisions;

namespace CpIs.Batch.Steps;

/// <summary>Hands configured values to the domain in its own types.</summary>
internal static class SettingsMapping
{
    public static RuleSettings Rules(this CpisSettings settings) => new(
        [.. settings.Rules.SharedLegalStatuses.Select(s => new SharedLegalStatus(s.Code, s.From, s.To))],
        settings.Rules.RetentionMonths,
        settings.Rules.UnbornGraceDays,
        settings.Rules.MaxVanished,
        TimeSpan.FromHours(settings.Reconcile.AcknowledgementHours));

    public static AlertPolicy AlertPolicy(this CpisSettings settings)
    {
        var pattern = settings.Alerts.Pattern;
        return new(
            settings.Alerts.DueDays,
            new DutyRole(settings.Alerts.DutyRole),
            new PatternSettings(pattern.Accesses, pattern.Days, pattern.Organisations, pattern.OrganisationDays));
    }
}
