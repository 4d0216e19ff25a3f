using CpIs.Domain.Time;

namespace CpIs.Domain.Accesses;

/// <summary>When accesses make a pattern (rule A7). Days are London days, the first and the last included.</summary>
public sealed record PatternSettings(int Accesses, int AccessDays, int Organisations, int OrganisationDays)
{
    /// <summary>Three accesses in 30 days, or two organisations in 7 days.</summary>
    public static PatternSettings Default { get; } = new(Accesses: 3, AccessDays: 30, Organisations: 2, OrganisationDays: 7);
}

/// <summary>One row of a child's audit, as the pattern sees it.</summary>
/// <param name="IsNew">True while no ingest run has looked at it for a pattern.</param>
public sealed record PatternAccess(
    long AccessId,
    DateTimeOffset AccessedAt,
    string? AccessedBy,
    string? JobRole,
    string? OrganisationCode,
    string? OrganisationName,
    bool IsNew)
{
    /// <summary>Never the data: safe in any log, as <see cref="Values.NhsNumber"/> is.</summary>
    public override string ToString() => $"(access {AccessId})";
}

/// <summary>Finds patterns in the accesses of one child (rule A7).</summary>
public static class AccessPattern
{
    /// <summary>
    /// The accesses of every window that makes a pattern and holds a new access, in order of time and id; empty when there is none.
    /// </summary>
    /// <param name="accesses">All accesses of the child, in any order.</param>
    public static IReadOnlyList<PatternAccess> Find(IEnumerable<PatternAccess> accesses, PatternSettings settings)
    {
        var ordered = accesses.OrderBy(a => a.AccessedAt).ThenBy(a => a.AccessId).ToList();
        var inPattern = new bool[ordered.Count];
        Mark(ordered, inPattern, settings.AccessDays, window => window.Count >= settings.Accesses);
        Mark(ordered, inPattern, settings.OrganisationDays, window => window.Organisations >= settings.Organisations);
        return [.. ordered.Where((_, i) => inPattern[i])];
    }

    // It is enough to look at the windows that end with an access: any other holds no more than one of these.
    private static void Mark(List<PatternAccess> ordered, bool[] inPattern, int days, Func<Window, bool> isPattern)
    {
        var window = new Window();
        var first = 0;
        var marked = 0;
        for (var last = 0; last < ordered.Count; last++)
        {
            window.Add(ordered[last]);
            while (Day(ordered[last]) - Day(ordered[first]) >= days)
            {
                window.Remove(ordered[first++]);
            }

            if (window.New > 0 && isPattern(window))
            {
                for (var i = Math.Max(first, marked); i <= last; i++)
                {
                    inPattern[i] = true;
                }

                marked = last + 1;
            }
        }
    }

    private static int Day(PatternAccess access) => London.DateOf(access.AccessedAt).DayNumber;

    private sealed class Window
    {
        private readonly Dictionary<string, int> _organisations = new(StringComparer.Ordinal);

        public int Count { get; private set; }

        public int New { get; private set; }

        public int Organisations => _organisations.Count;

        public void Add(PatternAccess access) => Change(access, 1);

        public void Remove(PatternAccess access) => Change(access, -1);

        private void Change(PatternAccess access, int by)
        {
            Count += by;
            New += access.IsNew ? by : 0;
            if (Organisation(access) is { } organisation
                && (_organisations[organisation] = _organisations.GetValueOrDefault(organisation) + by) == 0)
            {
                _organisations.Remove(organisation);
            }
        }
    }

    /// <summary>The organisation's code, or without one its name, letter case ignored; null when neither is known: it cannot be told from another.</summary>
    private static string? Organisation(PatternAccess access) =>
        (access.OrganisationCode, access.OrganisationName) switch
        {
            ({ } code, _) when !string.IsNullOrWhiteSpace(code) => "code " + code.Trim().ToUpperInvariant(),
            (_, { } name) when !string.IsNullOrWhiteSpace(name) => "name " + name.Trim().ToUpperInvariant(),
            _ => null,
        };
}
