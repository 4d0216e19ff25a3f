using System.Globalization;
using CpIs.Domain.Source;
using CpIs.Storage.Source;

namespace CpIs.Batch.Generator;

/// <summary>Makes people and rows and hands them to the writer; keeps nothing but counters.</summary>
internal sealed class CareScene(ExtractFolderWriter writer, int seed, DateOnly today, int workers)
{
    private static readonly string[] s_teams = ["North", "South", "East", "West", "Hospital", "Children in Care", "16+"];
    private readonly NhsNumberSupply _numbers = new(seed);
    private int _people;
    private int _plans;
    private int _statuses;
    private string _lastNumber = string.Empty;

    /// <summary>The business date.</summary>
    public DateOnly Today { get; } = today;

    /// <summary>The stream of chance for what is made now.</summary>
    public DeterministicRandom Random { get; private set; } = new(seed, 0);

    /// <summary>Children written so far, born and unborn.</summary>
    public int Children { get; private set; }

    /// <summary>Begins the next family, whose details depend on the seed and its place alone.</summary>
    public void Begin(long family) => Random = new DeterministicRandom(seed, family);

    public DateOnly Ago(int days) => Today.AddDays(-days);

    public string NextNumber() => _lastNumber = _numbers.Next();

    /// <summary>The number that was handed out last.</summary>
    public string LastNumber() => _lastNumber;

    /// <summary>A born child with all details; the number is left out or spoiled now and then, as in life.</summary>
    public Person Child(DateOnly birthDate, string? familyName = null)
    {
        var person = Someone(familyName) with { DateOfBirth = birthDate };
        return Random.Between(1, 1000) switch
        {
            <= 15 => person with { NhsNumber = null },
            <= 18 => person with { NhsNumber = Spoiled(person.NhsNumber!) },
            <= 19 => person with { NhsNumber = "0000000000" },
            <= 50 => person with { NhsNumber = Spaced(person.NhsNumber!) },
            _ => person,
        };
    }

    /// <summary>A born child with a number that is valid.</summary>
    public Person PlainChild(DateOnly birthDate) => Someone() with { DateOfBirth = birthDate };

    /// <summary>An unborn child. It has no number and often no given name yet.</summary>
    public Person Unborn(DateOnly? expected, string? motherId, string? familyName = null) => Unnumbered(familyName) with
    {
        GivenNames = Random.Chance(800) ? null : "Baby",
        IsUnborn = true,
        ExpectedDateOfBirth = expected,
        MotherPersonId = motherId,
    };

    /// <summary>A mother; she is no child of the council's unless rows make her one.</summary>
    public Person Mother(int years, string? familyName = null) => Someone(familyName) with
    {
        DateOfBirth = Ago((years * 365) + Random.Between(60, 300)),
        WorkerId = null,
        ManagerId = null,
        Team = null,
    };

    public Person AddChild(Person person)
    {
        Children++;
        writer.Add(person);
        return person;
    }

    public Person AddAdult(Person person)
    {
        writer.Add(person);
        return person;
    }

    public void AddPlan(string personId, DateOnly? start, DateOnly? end = null, bool other = false, bool error = false) =>
        writer.Add(new Plan(Id("C", ++_plans), personId, start, end, other, error, ChangedAt(start, end)));

    public void AddStatus(string personId, string code, DateOnly? start, DateOnly? end = null, bool error = false) =>
        writer.Add(new LegalStatus(Id("L", ++_statuses), personId, code, start, end, error, ChangedAt(start, end)));

    public void AddWorkers()
    {
        for (var i = 1; i <= workers; i++)
        {
            Begin(-100 - i);
            var name = $"{InventedNames.Given(Random).Split(' ')[0]} {InventedNames.Family(Random)}";

            // Of every twenty one has left; the first and last are there, so that a small council has somebody.
            writer.Add(new Worker(Id("W", i), name, string.Create(CultureInfo.InvariantCulture, $"w{i:D5}@sampleshire.example"), i % 20 != 2));
        }
    }

    /// <summary>A row that cannot be read (rule S16); the kinds come in turn.</summary>
    public void AddBadRow(int number)
    {
        var id = Id("B", number);
        var day = Ago(40).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        switch (number % 12)
        {
            case 0:
                writer.AddCells(SourceTable.Plan, id, Id("P", 1), "31/02/2025", null, "0", "0", null);
                break;
            case 1:
                writer.AddCells(SourceTable.Plan, id, Id("P", 1), day, null, "maybe", "0", null);
                break;
            case 2:
                writer.AddCells(SourceTable.Plan, null, Id("P", 1), day, null, "0", "0", null);
                break;
            case 3:
                writer.AddCells(SourceTable.LegalStatus, id, null, "C2", day, null, "0", null);
                break;
            case 4:
                writer.AddCells(SourceTable.LegalStatus, id, Id("P", 1), "C2", day, null, "0", "yesterday");
                break;
            case 5:
                writer.AddCells(SourceTable.Person, id, null, new string('x', 201), "Pat", "2015-01-01", "0", null, null, null, null, null, null);
                break;
            case 6:
                writer.AddCells(SourceTable.Person, id, null, "Elmby", "Pat", Today.AddDays(400).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "0", null, null, null, null, null, null);
                break;
            case 7:
                writer.AddCells(SourceTable.Person, id, null, "Elmby", "Pat", "2015-02-29", "0", null, null, null, null, null, null);
                break;
            case 8:
                writer.AddCells(SourceTable.Person, id, null, "Elmby", "Pat", "2015-01-01", "perhaps", null, null, null, null, null, null);
                break;
            case 9:
                writer.AddCells(SourceTable.Plan, Id("C", 1), Id("P", 1), day, null, "0", "0", null);
                break;
            case 10:
                writer.AddCells(SourceTable.Plan, id, Id("P", 1));
                break;
            default:
                writer.AddCells(SourceTable.Worker, id, "Pat Elmby", null, "yes and no");
                break;
        }
    }

    /// <summary>The number with its check digit wrong.</summary>
    public static string Spoiled(string number) => number[..9] + (char)('0' + ((number[9] - '0' + 1) % 10));

    /// <summary>The number as people write it.</summary>
    public string Spaced(string number) => Random.Chance(500) ? $"{number[..3]} {number[3..6]} {number[6..]}" : $"{number[..3]}-{number[3..6]}-{number[6..]}";

    private Person Someone(string? familyName = null) => Unnumbered(familyName) with { NhsNumber = NextNumber() };

    private Person Unnumbered(string? familyName)
    {
        var worker = Random.Between(1, 1000) switch
        {
            <= 8 => null,
            <= 11 => Id("W", workers + 500),
            _ => Id("W", Random.Between(1, workers)),
        };
        var manager = Random.Between(1, 1000) switch
        {
            <= 8 => null,
            <= 30 => worker,
            _ => Id("W", Random.Between(1, Math.Max(1, workers / 8))),
        };
        return new Person(
            Id("P", ++_people),
            NhsNumber: null,
            familyName ?? InventedNames.Family(Random),
            InventedNames.Given(Random),
            DateOfBirth: null,
            IsUnborn: false,
            ExpectedDateOfBirth: null,
            MotherPersonId: null,
            worker,
            manager,
            Random.Chance(980) ? Random.Pick(s_teams) : null,
            ChangedAt(Ago(Random.Between(1, 900)), null));
    }

    /// <summary>Working hours of the last day on which something is dated, but no later than yesterday.</summary>
    private DateTimeOffset ChangedAt(DateOnly? start, DateOnly? end)
    {
        var day = end is not null && end < Today ? end.Value : start is not null && start < Today ? start.Value : Ago(1);
        return new DateTimeOffset(day.ToDateTime(new TimeOnly(9, 0)), TimeSpan.Zero).AddSeconds(Random.Between(0, 8 * 3600));
    }

    private static string Id(string prefix, int number) => string.Create(CultureInfo.InvariantCulture, $"{prefix}{number:D7}");
}
