using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using FsCheck;
using FsCheck.Fluent;

namespace CpIs.Domain.Tests.Properties;

/// <summary>One thing that happens in a random history; <paramref name="A"/> and <paramref name="B"/> choose to whom and how.</summary>
internal sealed record Step(Happening What, int A, int B)
{
    public override string ToString() => $"{What}({A},{B})";
}

internal enum Happening
{
    NightConfirmed,
    NightArrivedButUnanswered,
    NightLost,
    NightFailed,
    NightPartlyRejected,
    FullNight,
    LateAnswers,
    TimePasses,
    PlanStart,
    PlanEnd,
    PlanInError,
    PlanOfOtherAuthority,
    PlanGone,
    PlanUnreadable,
    StatusCode,
    StatusStart,
    StatusEnd,
    StatusInError,
    StatusGone,
    StatusUnreadable,
    Number,
    NumberInactive,
    NumberShared,
    Name,
    BirthDate,
    PersonGone,
    PersonUnreadable,
    Birth,
    ExpectedDate,
    MotherLink,
}

/// <summary>
/// A council of two mothers, two unborn children and two children, to whom a random history happens; beside it what CP-IS would hold,
/// worked out from nothing but the files that arrived there.
/// </summary>
internal sealed class History
{
    private static readonly string[] Starts = ["2016-01-04", "2016-01-11", "2016-02-01", "2014-01-06", "2016-02-21", "2016-04-01"];
    private static readonly string?[] Ends = [null, null, "2016-01-31", "2016-02-02", "2016-02-20", "2016-03-10", "2015-01-02", "2014-06-01"];
    private static readonly string?[] Expected = ["2016-06-01", "2016-03-15", "2016-02-10", null];
    private static readonly string[] BirthDates = ["2010-05-04", "2016-01-20", "1998-03-05", "1999-01-01"];
    private static readonly string[] Births = ["2016-02-25", "2016-03-01", "2016-02-01"];
    private static readonly string[] Codes = ["C1", "C2", "V2", "E1"];
    private static readonly string[] People = ["mia", "nan", "one", "two", "ada", "ben"];
    private static readonly string[] Plans = ["p1", "p2", "p3", "p4", "p5"];
    private static readonly string[] Statuses = ["s1", "s2", "s3", "s4"];

    private readonly List<(LedgerEvent Told, bool Arrived)> _sent = [];
    private readonly HashSet<SequenceNumber> _unanswered = [];
    private DateOnly _today = new(2016, 2, 25);

    public History()
    {
        Council.Mother("mia");
        Council.Mother("nan", born: "2000-06-01");
        Council.Unborn("one", "mia", "2016-06-01").Plan("p1", "2016-01-04");
        Council.Unborn("two", "mia", "2016-06-01").Plan("p2", "2016-01-11");
        Council.Child("ada").Number(5).Plan("p3", "2016-01-04").Plan("p4", "2016-01-11", "2016-01-31");
        Council.Person("ada").Status("s1", "C1", "2016-01-04", "2016-01-31").Status("s2", "C2", "2016-02-01");
        Council.Child("ben", born: "2009-01-01").Number(6).Plan("p5", "2016-01-04").Status("s3", "V2", "2016-01-11", "2016-02-20").Status("s4", "C2", "2016-02-21");
    }

    public Council Council { get; } = new();

    /// <summary>Every night so far.</summary>
    public List<Night> Nights { get; } = [];

    public string Today => _today.ToString("yyyy-MM-dd");

    public static Arbitrary<Step[]> Steps(int atMost, params Happening[] only) => Arb.From(
        from count in Gen.Choose(1, atMost)
        from steps in (from what in Gen.Elements(only.Length > 0 ? only : Enum.GetValues<Happening>())
                       from a in Gen.Choose(0, 11)
                       from b in Gen.Choose(0, 11)
                       select new Step(what, a, b)).ArrayOf(count)
        select steps,
        steps => Enumerable.Range(0, steps.Length).Select(i => steps.Where((_, at) => at != i).ToArray()));

    /// <summary>True for a step that moves a plan's start into the future: then it is over until it comes (rule S12).</summary>
    public static bool StartsInFuture(Step step) => step.B % Starts.Length == Starts.Length - 1;

    public static History After(IEnumerable<Step> steps)
    {
        var history = new History();
        foreach (var step in steps)
        {
            history.Happens(step);
        }

        return history;
    }

    public void Happens(Step step)
    {
        var (a, b) = (step.A, step.B);
        switch (step.What)
        {
            case Happening.NightConfirmed: Night(arrives: true).Confirmed(); break;
            case Happening.NightArrivedButUnanswered: Remember(Night(arrives: true)); break;
            case Happening.NightLost: Night(arrives: false); break;
            case Happening.NightFailed: Night(arrives: false).Failed(); break;
            case Happening.NightPartlyRejected: PartlyRejected(a, b); break;
            case Happening.FullNight: Night(arrives: true, full: true).Confirmed(); break;
            case Happening.LateAnswers: AnswerLate(); break;
            case Happening.TimePasses: _today = _today.AddDays(a % 3 == 0 ? 1 + (b * 3) : 1 + (b % 3)); break;
            case Happening.PlanStart: Plan(a).StartsOn(Starts[b % Starts.Length]); break;
            case Happening.PlanEnd: Plan(a).EndsOn(Ends[b % Ends.Length]); break;
            case Happening.PlanInError: Plan(a).InError(!Plan(a).Row.RecordedInError); break;
            case Happening.PlanOfOtherAuthority: Plan(a).OtherAuthority(!Plan(a).Row.HeldByOtherAuthority); break;
            case Happening.PlanGone: Plan(a).Gone(!Plan(a).IsGone); break;
            case Happening.PlanUnreadable: Plan(a).Unreadable(!Plan(a).IsUnreadable, withoutId: b % 3 == 0); break;
            case Happening.StatusCode: Status(a).CodeIs(Codes[b % Codes.Length]); break;
            case Happening.StatusStart: Status(a).StartsOn(Starts[b % Starts.Length]); break;
            case Happening.StatusEnd: Status(a).EndsOn(Ends[b % Ends.Length]); break;
            case Happening.StatusInError: Status(a).InError(!Status(a).Row.RecordedInError); break;
            case Happening.StatusGone: Status(a).Gone(!Status(a).IsGone); break;
            case Happening.StatusUnreadable: Status(a).Unreadable(!Status(a).IsUnreadable, withoutId: b % 3 == 0); break;
            case Happening.Number: ChangeNumber(a, b); break;
            case Happening.NumberInactive: Council.Inactive(1 + a); break;
            case Happening.NumberShared: Council.TwoPeopleHave(1 + a, b % 2 == 0); break;
            case Happening.Name: Person(a).Named(b % 4 == 0 ? null : "Sample", b % 3 == 0 ? "Sam" : "Alex"); break;
            case Happening.BirthDate: ChangeBirthDate(a, b); break;
            case Happening.PersonGone: Person(a).Gone(!Person(a).IsGone); break;
            case Happening.PersonUnreadable: Person(a).Unreadable(!Person(a).IsUnreadable); break;
            case Happening.Birth: Birth(a, b); break;
            case Happening.ExpectedDate: Council.Person(a % 2 == 0 ? "one" : "two").Expected(Expected[b % Expected.Length]); break;
            case Happening.MotherLink: Council.Person(a % 2 == 0 ? "one" : "two").MotherIs(new[] { "mia", "mia", "nan", null }[b % 4]); break;
            default: throw new ArgumentOutOfRangeException(nameof(step));
        }
    }

    /// <summary>Everything that arrived is answered; what is still open never came to CP-IS and is lost.</summary>
    public void EverythingIsAnswered()
    {
        AnswerLate();
        _today = _today.AddDays(3);
    }

    public Night Night(bool arrives, bool full = false, int hour = 1)
    {
        var night = Council.Night(Today, hour, full: full);
        Nights.Add(night);
        if (night.File is { } file)
        {
            _sent.AddRange(Council.History.Where(e => e.FileNumber == file).Select(e => (e, arrives)));
        }

        return night;
    }

    /// <summary>The records on CP-IS that it still shows, by the files that arrived there and were not refused.</summary>
    public Dictionary<RecordKey, LedgerEvent> OnCpis()
    {
        var outcomes = Council.History.ToDictionary(e => (e.FileNumber, e.RecordNumber), e => e.Outcome);
        var held = new Dictionary<RecordKey, LedgerEvent>();
        foreach (var (told, _) in _sent.Where(s => s.Arrived && outcomes[(s.Told.FileNumber, s.Told.RecordNumber)] is not (RecordOutcome.Rejected or RecordOutcome.Failed)))
        {
            held.Remove(told.Key);
            if (!told.IsRemoval)
            {
                held.Add(told.Key, told);
            }
        }

        return held.Where(h => Visibility.Until(h.Key.PlanType, h.Value.Content.End, Council.Settings) is not { } until || until >= _today)
            .ToDictionary(h => h.Key, h => h.Value);
    }

    private void PartlyRejected(int a, int b)
    {
        var night = Night(arrives: true).Confirmed();
        if (night.File is { } file)
        {
            Council.Answer(file, RecordOutcome.Rejected, e => (e.RecordNumber + a) % 2 == b % 2);
        }
    }

    private void Remember(Night night)
    {
        if (night.File is { } file)
        {
            _unanswered.Add(file);
        }
    }

    private void AnswerLate()
    {
        foreach (var file in _unanswered)
        {
            Council.Answer(file, RecordOutcome.Confirmed);
        }

        _unanswered.Clear();
    }

    /// <summary>Each person has two numbers of their own, so that none is shared but by <see cref="Happening.NumberShared"/>.</summary>
    private void ChangeNumber(int a, int b)
    {
        var who = a % People.Length;
        _ = (b % 4) switch
        {
            0 => Person(a).Number(1 + who),
            1 => Person(a).Number(7 + who),
            2 => Person(a).Number(null),
            _ => Person(a).NumberText(Numbers.Invalid),
        };
    }

    private void ChangeBirthDate(int a, int b)
    {
        if (!Person(a).Row.IsUnborn)
        {
            Person(a).BornOn(b % 5 == 0 ? null : BirthDates[b % BirthDates.Length]);
        }
    }

    private void Birth(int a, int b)
    {
        var (child, number) = a % 2 == 0 ? (Council.Person("one"), 3) : (Council.Person("two"), 4);
        if (child.Row.IsUnborn)
        {
            child.IsBorn(b % 5 == 0 ? null : Births[b % Births.Length], b % 2 == 0 ? number : null);
        }
        else if (b % 4 == 0)
        {
            child.IsUnbornAgain();
        }
    }

    private Someone Person(int a) => Council.Person(People[a % People.Length]);

    private PlanRow Plan(int a) => Council.Plan(Plans[a % Plans.Length]);

    private StatusRow Status(int a) => Council.Status(Statuses[a % Statuses.Length]);
}
