using CpIs.Domain.Source;

namespace CpIs.Domain.Alerts;

/// <summary>Whose work tray (contract section 4).</summary>
public enum RecipientKind
{
    Worker,
    Manager,
    Role,
}

/// <summary>For whom the duty role stands in (rule A8).</summary>
[Flags]
public enum StandIn
{
    None = 0,
    Worker = 1,
    Manager = 2,
}

/// <summary>Who gets an alert.</summary>
/// <param name="Id">Worker id, or the name of a role.</param>
/// <param name="StandsInFor">Set only for a role that gets what a worker or manager should have got.</param>
public sealed record Recipient(RecipientKind Kind, string Id, StandIn StandsInFor = StandIn.None)
{
    /// <summary>The tray, whatever it stands in for.</summary>
    public (RecipientKind Kind, string Id) Tray => (Kind, Id);

    /// <summary>True when an operator must act: a role alert that does not merely stand in for a worker or manager (contract section 1).</summary>
    public bool NeedsOperator => Kind == RecipientKind.Role && StandsInFor == StandIn.None;
}

/// <summary>The name of the duty role (<c>Alerts:DutyRole</c>), in which <c>{team}</c> stands for the person's team.</summary>
public sealed class DutyRole
{
    private const string Team = "{team}";
    private readonly string _template;

    /// <exception cref="ArgumentException">Nothing is left of the name where there is no team, or it is too long for its column.</exception>
    public DutyRole(string template)
    {
        _template = template;
        if (For(team: null).Length is 0 or > ColumnText.Short)
        {
            throw new ArgumentException($"The duty role must have a name of 1 to {ColumnText.Short} characters besides {Team}.", nameof(template));
        }
    }

    /// <summary>The role's name for a team; for none <c>{team}</c> is left out.</summary>
    public string For(string? team)
    {
        var name = ColumnText.Clean(_template.Replace(Team, ColumnText.Clean(team), StringComparison.OrdinalIgnoreCase));
        return ColumnText.Cut(string.Join(' ', name.Split(' ', StringSplitOptions.RemoveEmptyEntries)), ColumnText.Short);
    }

    /// <summary>The role as recipient of its own alerts, for a person of this team or, without one, about nobody.</summary>
    public Recipient Recipient(string? team = null) => new(RecipientKind.Role, For(team));
}

/// <summary>Who hears of a person (rule A8).</summary>
public static class Recipients
{
    /// <summary>
    /// The allocated worker and the manager, each once; one person who is both gets it as worker. Who is missing, unknown or not active
    /// is replaced by the duty role.
    /// </summary>
    /// <param name="person">The person on whose file the alert goes; null when they are not in the care database.</param>
    /// <param name="worker">The worker with an id, or null when there is none.</param>
    public static IReadOnlyList<Recipient> Of(Person? person, Func<string, Worker?> worker, DutyRole dutyRole)
    {
        var recipients = new List<Recipient>(2);
        var standsInFor = StandIn.None;
        Add(RecipientKind.Worker, person?.WorkerId, StandIn.Worker);
        Add(RecipientKind.Manager, person?.ManagerId, StandIn.Manager);
        if (standsInFor != StandIn.None)
        {
            recipients.Add(dutyRole.Recipient(person?.Team) with { StandsInFor = standsInFor });
        }

        return recipients;

        void Add(RecipientKind kind, string? id, StandIn missing)
        {
            id = id?.Trim();
            if (string.IsNullOrEmpty(id) || worker(id) is not { IsActive: true })
            {
                standsInFor |= missing;
            }
            else if (!recipients.Exists(r => r.Id == id))
            {
                recipients.Add(new Recipient(kind, id));
            }
        }
    }
}
