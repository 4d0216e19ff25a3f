using System.Security.Cryptography;
using System.Text;
using CpIs.Domain.Accesses;

namespace CpIs.Domain.Alerts;

/// <summary>What a council may set for alerts (<c>Alerts</c>).</summary>
/// <param name="DueDays">Days from issue to due date; 0 or more.</param>
public sealed record AlertPolicy(int DueDays, DutyRole DutyRole, PatternSettings Pattern);

/// <summary>Subject and description, before they are cut to their columns.</summary>
public sealed record AlertText(string Subject, string Description)
{
    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => "(text of an alert)";
}

/// <summary>An alert to be raised. Its texts fit their columns (rule A1).</summary>
/// <param name="PersonId">On whose file; null for a role alert about nobody.</param>
/// <param name="Cause">What raised it: one alert, or one open alert, per type, person, recipient and cause. Carries no personal data.</param>
/// <param name="FirstIssuedOn">When the first alert of a standing cause was raised (rule A5); else the date of issue.</param>
public sealed record AlertDraft(
    AlertType Type,
    string? PersonId,
    Recipient Recipient,
    string Subject,
    string Description,
    string Cause,
    DateOnly IssuedOn,
    DateOnly DueOn,
    DateOnly FirstIssuedOn)
{
    /// <summary>Days from the first issue to this one.</summary>
    public int DaysOutstanding => IssuedOn.DayNumber - FirstIssuedOn.DayNumber;

    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => $"({Type} alert on the file of {PersonId})";

    /// <summary>Makes an alert, adds the note of rule A8 where the duty role stands in, and cuts the texts to their columns.</summary>
    /// <param name="issuedOn">The business date of the run.</param>
    /// <param name="firstIssuedOn">For a standing alert that comes back; null for the date of issue.</param>
    public static AlertDraft Create(
        AlertType type,
        string? personId,
        Recipient recipient,
        AlertText text,
        string cause,
        DateOnly issuedOn,
        int dueDays,
        DateOnly? firstIssuedOn = null)
    {
        var note = AlertWording.StandInNote(recipient);
        var room = note.Length == 0 ? ColumnText.Description : ColumnText.Description - note.Length - 1;
        var description = ColumnText.Cut(ColumnText.Clean(text.Description), room);
        var dueOn = DateOnly.FromDayNumber(Math.Min(issuedOn.DayNumber + dueDays, DateOnly.MaxValue.DayNumber));
        return new AlertDraft(
            type,
            personId,
            recipient,
            ColumnText.Cut(ColumnText.Clean(text.Subject), ColumnText.Short),
            note.Length == 0 ? description : $"{description} {note}",
            cause,
            issuedOn,
            dueOn,
            firstIssuedOn ?? issuedOn);
    }
}

/// <summary>What makes two alerts the same. A cause that would hold personal data or grow long is hashed.</summary>
public static class AlertCause
{
    /// <summary>One inactive number with one set of replacements, in whatever order they come (rule A6).</summary>
    public static string InactiveNumber(string number, IEnumerable<string> replacements) =>
        Hash([number, .. replacements.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]);

    /// <summary>A pattern of these accesses (rule A7).</summary>
    public static string Pattern(IEnumerable<long> accessIds) => "pattern:" + string.Join('-', Ends(accessIds));

    private static IEnumerable<long> Ends(IEnumerable<long> ids)
    {
        var ordered = ids.Order().ToList();
        return ordered.Count == 0 ? [] : [ordered[0], ordered[^1], ordered.Count];
    }

    private static string Hash(IEnumerable<string> parts) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', parts))));
}
