using CpIs.Batch.Output;
using CpIs.Storage.Source;

namespace CpIs.Batch.Generator;

/// <summary>
/// Makes the care data of an invented council, in the mix of reference cpis-domain sections 1 and 6. From 200 children on every case
/// of <see cref="RuleSpecimens"/> occurs.
/// </summary>
internal static class CareGenerator
{
    private const int LeastForSpecimens = 200;
    private const int DaysOfChildhood = (18 * 365) - 30;

    /// <param name="badRows">Rows that cannot be read, on top.</param>
    public static void Generate(
        ExtractFolderWriter writer,
        int children,
        int seed,
        DateOnly today,
        int badRows,
        ProgressCounter progress,
        CancellationToken cancellationToken)
    {
        var scene = new CareScene(writer, seed, today, Math.Max(10, children / 18));
        var specimens = new Queue<RuleSpecimen>(children >= LeastForSpecimens ? RuleSpecimens.All : []);
        var specimenChildren = specimens.Sum(s => s.Children);
        var spacing = specimens.Count == 0 ? int.MaxValue : children / specimens.Count;
        progress.Total = children;
        for (long family = 1; scene.Children < children; family++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            scene.Begin(family);
            var before = scene.Children;
            var room = children - scene.Children;
            if (specimens.Count > 0 && (family % spacing == 0 || room <= specimenChildren + 3))
            {
                var specimen = specimens.Dequeue();
                specimenChildren -= specimen.Children;
                specimen.Add(scene);
            }
            else
            {
                AddFamily(scene, room);
            }

            progress.Add(scene.Children - before);
        }

        for (var i = 0; i < badRows; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            scene.AddBadRow(i);
        }

        scene.AddWorkers();
    }

    /// <param name="room">Children that may still be made.</param>
    private static void AddFamily(CareScene s, int room)
    {
        switch (s.Random.Between(1, 1000))
        {
            case <= 40:
                AddUnborn(s, room);
                break;
            case <= 240:
                AddSiblings(s, room, endedFrom: -1, endedTo: -1);
                break;
            case <= 420:
                AddSiblings(s, room, endedFrom: 1, endedTo: 364);
                break;
            case <= 500:
                AddSiblings(s, room, endedFrom: 372, endedTo: 1500);
                break;
            case <= 800:
                AddLookedAfter(s, endedFrom: -1, endedTo: -1);
                break;
            case <= 900:
                AddLookedAfter(s, endedFrom: 1, endedTo: 364);
                break;
            case <= 940:
                AddLookedAfter(s, endedFrom: 372, endedTo: 1500);
                break;
            case <= 970:
                s.AddPlan(AddLookedAfter(s, endedFrom: -1, endedTo: -1), s.Ago(s.Random.Between(20, 300)), s.Random.Chance(700) ? s.Ago(s.Random.Between(1, 19)) : null);
                break;
            case <= 982:
                s.AddStatus(AddChild(s, 400), s.Random.Chance(500) ? "V3" : "V4", s.Ago(s.Random.Between(1, 400)));
                break;
            case <= 987:
                s.AddPlan(AddChild(s, 100), s.Ago(s.Random.Between(1, 100)), other: true);
                break;
            case <= 990:
                s.AddPlan(AddChild(s, 100), s.Ago(s.Random.Between(1, 100)), error: true);
                break;
            case <= 993:
                s.AddPlan(AddChild(s, 1), s.Today.AddDays(s.Random.Between(1, 14)));
                break;
            case <= 997:
                AddBornUnderPlan(s);
                break;
            default:
                var adult = s.AddChild(s.Child(s.Ago((18 * 365) + s.Random.Between(10, 300))));
                s.AddStatus(adult.PersonId, "C2", s.Ago(s.Random.Between(600, 2000)), s.Random.Chance(700) ? s.Ago(5) : null);
                break;
        }
    }

    private static void AddUnborn(CareScene s, int room)
    {
        var mother = s.AddAdult(s.Mother(s.Random.Between(18, 40)));
        var start = s.Ago(s.Random.Between(0, 120));
        var expected = start.AddDays(s.Random.Between(40, 150));
        var twins = room >= 2 && s.Random.Chance(20) ? 2 : 1;
        for (var i = 0; i < twins; i++)
        {
            var end = s.Random.Chance(60) && start < s.Ago(20) ? s.Ago(s.Random.Between(1, 19)) : (DateOnly?)null;
            s.AddPlan(s.AddChild(s.Unborn(expected, mother.PersonId, mother.FamilyName)).PersonId, start, end);
        }
    }

    /// <summary>One to three children of a family under a plan from the same day.</summary>
    /// <param name="endedFrom">Least days since the end; below 0 = the plan is open.</param>
    private static void AddSiblings(CareScene s, int room, int endedFrom, int endedTo)
    {
        var count = Math.Min(room, s.Random.Between(1, 10) switch { <= 7 => 1, <= 9 => 2, _ => 3 });
        var ended = endedFrom < 0 ? (int?)null : s.Random.Between(endedFrom, endedTo);
        var length = PlanDays(s.Random);
        var started = ended is { } e ? e + length : s.Random.Between(0, length);
        var family = InventedNames.Family(s.Random);
        var mother = s.Random.Chance(100) ? s.AddAdult(s.Mother(s.Random.Between(25, 45), family)) : null;
        for (var i = 0; i < count; i++)
        {
            var child = s.AddChild(s.Child(BirthDate(s, started), family) with { MotherPersonId = mother?.PersonId });
            s.AddPlan(child.PersonId, s.Ago(started), ended is null ? null : s.Ago(ended.Value));
        }
    }

    /// <summary>A looked-after child with one to four legal statuses in a row.</summary>
    private static string AddLookedAfter(CareScene s, int endedFrom, int endedTo)
    {
        var ended = endedFrom < 0 ? 0 : s.Random.Between(endedFrom, endedTo);
        string[] codes = s.Random.Between(1, 100) switch
        {
            <= 18 => ["V2"],
            <= 25 => ["C1", "C2", "E1"],
            <= 37 => ["C1"],
            <= 45 => ["L2", "C1", "C2"],
            <= 58 => ["V2", "C1", "C2"],
            _ => ["C1", "C2"],
        };
        var lengths = codes.Select(c => c switch
        {
            "L2" => s.Random.Between(1, 8),
            "C1" => s.Random.Between(120, 320),
            "V2" => s.Random.Between(10, 500),
            _ => s.Random.Between(30, 1500),
        }).ToArray();
        var from = ended + lengths.Sum();
        var child = s.AddChild(s.Child(BirthDate(s, from))).PersonId;
        for (var i = 0; i < codes.Length; i++)
        {
            var isLast = i == codes.Length - 1;
            var to = isLast ? ended : from - lengths[i];
            s.AddStatus(child, codes[i], s.Ago(from), isLast && endedFrom < 0 ? null : s.Ago(to));

            // Care systems differ: the next status starts on the last one's last day or on the day after.
            from = s.Random.Chance(300) ? to : to - 1;
        }

        return child;
    }

    private static void AddBornUnderPlan(CareScene s)
    {
        var mother = s.AddAdult(s.Mother(s.Random.Between(18, 40)));
        var birth = s.Ago(s.Random.Between(1, 200));
        var child = s.AddChild(s.Child(birth, mother.FamilyName) with { MotherPersonId = mother.PersonId });
        s.AddPlan(child.PersonId, birth.AddDays(-s.Random.Between(10, 150)));
    }

    private static string AddChild(CareScene s, int leastDays) => s.AddChild(s.Child(BirthDate(s, leastDays))).PersonId;

    /// <summary>The birth date of a child who is older than so many days and not yet 18.</summary>
    private static DateOnly BirthDate(CareScene s, int olderThan) =>
        s.Ago(olderThan >= DaysOfChildhood ? olderThan : s.Random.Between(olderThan, DaysOfChildhood));

    /// <summary>How long plans last, as the national figures of 2024-25 have it (reference cpis-domain section 6).</summary>
    private static int PlanDays(DeterministicRandom random) => random.Between(1, 1000) switch
    {
        <= 160 => random.Between(14, 91),
        <= 270 => random.Between(92, 182),
        <= 705 => random.Between(183, 365),
        <= 956 => random.Between(366, 730),
        _ => random.Between(731, 1200),
    };
}
