using System.Globalization;

namespace CpIs.Crash.Tests.Harness;

/// <summary>The care tables on one night, row by row in the order of the contract's columns.</summary>
public sealed record CareData(
    IReadOnlyList<string?[]> People, IReadOnlyList<string?[]> Plans, IReadOnlyList<string?[]> Statuses, IReadOnlyList<string?[]> Workers);

/// <summary>An invented council and what happens to it between the nights: everything follows from the seed.</summary>
public sealed class Council
{
    private const int Number = 1;
    private const int Family = 2;
    private const int Born = 4;
    private const int IsUnborn = 5;
    private const int Expected = 6;
    private const int Worker = 8;
    private const int PersonChanged = 11;
    private readonly Random _random;
    private readonly SortedDictionary<string, string?[]> _people = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string?[]> _plans = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string?[]> _statuses = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string?[]> _workers = new(StringComparer.Ordinal);
    private int _ids = 100;
    private int _numbers;

    public Council(int seed)
    {
        _random = new Random(seed);
        foreach (var id in new[] { "W1", "W2", "W3", "M1", "M2" })
        {
            _workers[id] = [id, "Name " + id, id + "@example.org", id == "W3" ? "0" : "1"];
        }
    }

    /// <summary>The council on each of the nights.</summary>
    public IReadOnlyList<CareData> Nights(IReadOnlyList<DateOnly> days)
    {
        Begin(days[0]);
        var nights = new List<CareData> { Copy() };
        foreach (var day in days.Skip(1))
        {
            foreach (var change in Changes().OrderBy(_ => _random.Next()).Take(11))
            {
                change(day);
            }

            nights.Add(Copy());
        }

        return nights;
    }

    /// <summary>The n-th valid number of the range 999 from a place of its own, by modulus 11.</summary>
    public static string NumberOf(int n)
    {
        for (var stem = 999700000L; ; stem++)
        {
            var digits = stem.ToString(CultureInfo.InvariantCulture);
            var check = (11 - (digits.Select((c, i) => (c - '0') * (10 - i)).Sum() % 11)) % 11;
            if (check < 10 && n-- == 0)
            {
                return digits + check.ToString(CultureInfo.InvariantCulture);
            }
        }
    }

    private static string Text(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Changed(DateOnly day) => Text(day.AddDays(-1)) + "T14:30:00Z";

    private void Begin(DateOnly day)
    {
        for (var i = 0; i < 9; i++)
        {
            var child = Child(day);
            Plan(child, day.AddDays(-_random.Next(1, 200)), _random.Next(5) == 0 ? day.AddDays(-1) : null, day);
            if (_random.Next(3) == 0)
            {
                Status(child, _random.Next(4) == 0 ? "E1" : "C2", day.AddDays(-_random.Next(1, 300)), day);
            }
        }

        Mother(day, 1);
        Mother(day, 2);
        Missing(day);
        Twice(day);
        Spoiled(day);
    }

    private IEnumerable<Action<DateOnly>> Changes() =>
    [
        Birth, Birth, Close, Close, Error, Renumber, Vanish, Rename, d => Mother(d, 2), d => Plan(Child(d), d.AddDays(-2), null, d), StatusOfSomebody, NewWorker,
        LoseNumber, FindNumber, Spoiled, Missing, Amend, OtherCouncil, Twice,
    ];

    private string Id(string prefix) => prefix + (_ids++).ToString(CultureInfo.InvariantCulture);

    private string Child(DateOnly day, string? number = null)
    {
        var id = Id("P");
        _people[id] =
        [
            id, number ?? NumberOf(_numbers++), "Family" + id, "Given Second", Text(day.AddDays(-_random.Next(300, 6000))), "0", null, null,
            "W" + _random.Next(1, 5).ToString(CultureInfo.InvariantCulture), "M" + _random.Next(1, 3).ToString(CultureInfo.InvariantCulture), "North", Changed(day),
        ];
        return id;
    }

    private void Mother(DateOnly day, int children)
    {
        var mother = Child(day);
        _people[mother][Born] = "1999-02-03";
        for (var i = 0; i < children; i++)
        {
            var child = Child(day, "");
            var row = _people[child];
            (row[Number], row[Born], row[IsUnborn], row[Expected], row[7]) = (null, null, "1", Text(day.AddDays(40)), mother);
            Plan(child, day.AddDays(-3 - i), null, day);
        }
    }

    private void Plan(string person, DateOnly start, DateOnly? end, DateOnly day)
    {
        var id = Id("CP");
        _plans[id] = [id, person, Text(start), end is { } e ? Text(e) : null, "0", "0", Changed(day)];
    }

    private void Status(string person, string code, DateOnly start, DateOnly day)
    {
        var id = Id("LS");
        _statuses[id] = [id, person, code, Text(start), null, "0", Changed(day)];
    }

    private string?[]? Somebody(Func<string?[], bool> which)
    {
        var found = _people.Values.Where(which).ToList();
        return found.Count == 0 ? null : found[_random.Next(found.Count)];
    }

    private string?[]? SomePlan(Func<string?[], bool> which)
    {
        var found = _plans.Values.Where(which).ToList();
        return found.Count == 0 ? null : found[_random.Next(found.Count)];
    }

    private void Birth(DateOnly day)
    {
        if (Somebody(p => p[IsUnborn] == "1") is { } child)
        {
            child[IsUnborn] = "0";
            child[Born] = Text(day.AddDays(-1));
            child[Number] = _random.Next(3) == 0 ? null : NumberOf(_numbers++);
            child[PersonChanged] = Changed(day);
        }
    }

    private void Close(DateOnly day) => OnPlan(p => p[3] is null, day, p => p[3] = Text(day.AddDays(-1)));

    private void Error(DateOnly day) => OnPlan(p => p[5] == "0", day, p => p[5] = "1");

    private void Amend(DateOnly day) => OnPlan(p => p[3] is null, day, p => p[2] = Text(day.AddDays(-30)));

    private void OtherCouncil(DateOnly day) => OnPlan(_ => true, day, p => p[4] = "1");

    private void OnPlan(Func<string?[], bool> which, DateOnly day, Action<string?[]> change)
    {
        if (SomePlan(which) is { } plan)
        {
            change(plan);
            plan[6] = Changed(day);
        }
    }

    private void OnPerson(Func<string?[], bool> which, DateOnly day, Action<string?[]> change)
    {
        if (Somebody(which) is { } person)
        {
            change(person);
            person[PersonChanged] = Changed(day);
        }
    }

    private void Renumber(DateOnly day) => OnPerson(p => p[IsUnborn] == "0" && p[Number] is not null, day, p => p[Number] = NumberOf(_numbers++));

    private void LoseNumber(DateOnly day) => OnPerson(p => p[IsUnborn] == "0", day, p => p[Number] = null);

    private void FindNumber(DateOnly day) => OnPerson(p => p[IsUnborn] == "0" && p[Number] is null, day, p => p[Number] = NumberOf(_numbers++));

    private void Rename(DateOnly day) => OnPerson(p => p[IsUnborn] == "0", day, p => p[Family] = "Other" + p[0]);

    private void NewWorker(DateOnly day) => OnPerson(_ => true, day, p => p[Worker] = p[Worker] == "W1" ? "W2" : "W1");

    private void StatusOfSomebody(DateOnly day)
    {
        if (Somebody(p => p[IsUnborn] == "0") is { } person)
        {
            Status(person[0]!, "V2", day.AddDays(-1), day);
        }
    }

    private void Missing(DateOnly day)
    {
        var child = Child(day);
        _people[child][Number] = null;
        Plan(child, day.AddDays(-5), null, day);
    }

    private void Twice(DateOnly day)
    {
        var one = Child(day);
        Plan(one, day.AddDays(-5), null, day);
        Plan(Child(day, _people[one][Number]), day.AddDays(-4), null, day);
    }

    /// <summary>A row that cannot be read (rule S16).</summary>
    private void Spoiled(DateOnly day)
    {
        var child = Child(day);
        Plan(child, day.AddDays(-6), null, day);
        _plans.Values.Last()[2] = "soon";
    }

    private void Vanish(DateOnly day)
    {
        if (Somebody(p => p[IsUnborn] == "0") is { } person)
        {
            _people.Remove(person[0]!);
            foreach (var plan in _plans.Values.Where(p => p[1] == person[0]).ToList())
            {
                _plans.Remove(plan[0]!);
            }

            foreach (var status in _statuses.Values.Where(p => p[1] == person[0]).ToList())
            {
                _statuses.Remove(status[0]!);
            }
        }
    }

    private CareData Copy() => new(Rows(_people), Rows(_plans), Rows(_statuses), Rows(_workers));

    private static List<string?[]> Rows(SortedDictionary<string, string?[]> rows) => [.. rows.Values.Select(r => (string?[])r.Clone())];
}
