namespace CpIs.Crash.Tests.Harness;

/// <summary>
/// Deals the points out to histories: each history is killed in each of its nights, at a point twice, at others later in the same night, and
/// from outside.
/// </summary>
public sealed class KillPlans
{
    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly bool _mayTakeAtOnce;
    private readonly List<List<(int Place, string Point)>> _untried;
    private readonly Queue<(int Night, string Point)> _alone = new();
    private readonly HashSet<(int Night, string Point)> _tried = [];
    private readonly List<string> _neverMet = [];

    /// <param name="points">The points of each night, in order.</param>
    /// <param name="kills">About how many kills there shall be, every fourth of them once more or from outside; names come before repetitions.</param>
    public KillPlans(IReadOnlyList<IReadOnlyList<string>> points, int kills, int seed, bool mayTakeAtOnce)
    {
        _random = new Random(seed);
        _mayTakeAtOnce = mayTakeAtOnce;
        var chosen = points.SelectMany((p, night) => p.Select((point, place) => (Night: night, Place: place, Point: point)))
            .OrderBy(_ => _random.Next())
            .GroupBy(p => Name(p.Point), StringComparer.Ordinal)
            .SelectMany(g => g.Select((p, i) => (p.Night, p.Place, p.Point, Rank: i)))
            .OrderBy(p => p.Rank)
            .Take(Math.Max(1, kills * 3 / 4))
            .ToList();
        _untried = [.. points.Select((_, night) => chosen.Where(c => c.Night == night).Select(c => (c.Place, c.Point)).ToList())];
        Left = chosen.Count;
        Names = chosen.Select(c => Name(c.Point)).Distinct(StringComparer.Ordinal).Count();
        AllNames = points.SelectMany(p => p).Select(Name).Distinct(StringComparer.Ordinal).Count();
    }

    /// <summary>How many points are to be tried.</summary>
    public int Left { get; }

    /// <summary>How many of the names of points are among them.</summary>
    public int Names { get; }

    /// <summary>How many names there are.</summary>
    public int AllNames { get; }

    /// <summary>Kills that came about.</summary>
    public int Kills { get; private set; }

    /// <summary>Points that were not met by an undisturbed history.</summary>
    public IReadOnlyList<string> NeverMet => _neverMet;

    public Misfortune? Next()
    {
        lock (_lock)
        {
            if (_untried.TrueForAll(p => p.Count == 0))
            {
                return _alone.TryDequeue(out var alone)
                    ? new Misfortune([.. _untried.Select((_, night) => (IReadOnlyList<Blow>)(night == alone.Night ? [new Blow(alone.Point)] : []))], TakeAtOnce: false)
                    : null;
            }

            return new Misfortune([.. _untried.Select(Deal)], _mayTakeAtOnce && _random.Next(2) == 0);
        }
    }

    public void Done(Misfortune misfortune, Ending ending)
    {
        lock (_lock)
        {
            Kills += ending.Struck.Count;
            foreach (var (night, blow) in ending.Struck.Where(b => b.Blow.Point is not null))
            {
                _tried.Add((night, blow.Point!));
            }

            var isAlone = misfortune.Nights.Sum(n => n.Count) == 1;
            for (var night = 0; night < misfortune.Nights.Count; night++)
            {
                foreach (var blow in misfortune.Nights[night].Where(b => b.Point is not null && !_tried.Contains((night, b.Point))).DistinctBy(b => b.Point))
                {
                    if (isAlone)
                    {
                        _neverMet.Add($"night {night + 1}: {blow.Point}");
                    }
                    else
                    {
                        _alone.Enqueue((night, blow.Point!));
                    }
                }
            }
        }
    }

    /// <summary>A point without the count of its repetition.</summary>
    private static string Name(string point) => point[..point.LastIndexOf('#')];

    /// <summary>In the order in which they are met: what a run did before it died, the next need not do again.</summary>
    private IReadOnlyList<Blow> Deal(List<(int Place, string Point)> untried)
    {
        var how = _random.Next(8);
        var taken = Enumerable.Range(0, how switch { 0 => 1, <= 4 => 2, _ => 3 })
            .Select(_ => Take(untried)).OfType<(int Place, string Point)>().OrderBy(t => t.Place).Select(t => new Blow(t.Point)).ToList();
        var outside = new Blow(null, After: TimeSpan.FromMilliseconds(_random.Next(80, 900)));
        return taken.Count == 0 ? [] : how switch
        {
            0 or 1 or 2 => [taken[0], .. taken],
            3 => [taken[0], outside, .. taken[1..]],
            4 => [outside, .. taken],
            _ => taken,
        };
    }

    private (int Place, string Point)? Take(List<(int Place, string Point)> untried)
    {
        if (untried.Count == 0)
        {
            return null;
        }

        var place = _random.Next(untried.Count);
        var taken = untried[place];
        untried.RemoveAt(place);
        return taken;
    }
}
