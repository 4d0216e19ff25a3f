namespace CpIs.Crash.Tests.Harness;

/// <summary>Deals the points out to histories: each history is killed in each of its nights, at one point, or twice, or at another later.</summary>
public sealed class KillPlans
{
    private readonly Lock _lock = new();
    private readonly Random _random;
    private readonly bool _mayTakeAtOnce;
    private readonly List<List<string>> _untried;
    private readonly Queue<(int Night, string Point)> _alone = new();
    private readonly HashSet<(int Night, string Point)> _tried = [];
    private readonly List<string> _neverMet = [];

    /// <param name="points">The points of each night, in order.</param>
    /// <param name="kills">About how many kills there shall be, every fourth of them once more or from outside; names come before repetitions.</param>
    public KillPlans(IReadOnlyList<IReadOnlyList<string>> points, int kills, int seed, bool mayTakeAtOnce)
    {
        _random = new Random(seed);
        _mayTakeAtOnce = mayTakeAtOnce;
        var chosen = points.SelectMany((p, night) => p.Select(point => (Night: night, Point: point)))
            .OrderBy(_ => _random.Next())
            .GroupBy(p => p.Point[..p.Point.LastIndexOf('#')], StringComparer.Ordinal)
            .SelectMany(g => g.Select((p, i) => (p.Night, p.Point, Rank: i)))
            .OrderBy(p => p.Rank)
            .Take(Math.Max(1, kills * 3 / 4))
            .ToList();
        _untried = [.. points.Select((_, night) => chosen.Where(c => c.Night == night).Select(c => c.Point).ToList())];
        Left = chosen.Count;
    }

    /// <summary>How many points are to be tried.</summary>
    public int Left { get; }

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

    private IReadOnlyList<Blow> Deal(List<string> untried)
    {
        if (Take(untried) is not { } first)
        {
            return [];
        }

        var blow = new Blow(first);
        return _random.Next(8) switch
        {
            0 or 1 => [blow, blow],
            2 when Take(untried) is { } second => [blow, blow, new Blow(second)],
            3 => [blow, new Blow(null, After: TimeSpan.FromMilliseconds(_random.Next(80, 900)))],
            4 => [new Blow(null, After: TimeSpan.FromMilliseconds(_random.Next(80, 900))), blow],
            5 or 6 when Take(untried) is { } second => [blow, new Blow(second)],
            _ => [blow],
        };
    }

    private string? Take(List<string> untried)
    {
        if (untried.Count == 0)
        {
            return null;
        }

        var place = _random.Next(untried.Count);
        var point = untried[place];
        untried.RemoveAt(place);
        return point;
    }
}
