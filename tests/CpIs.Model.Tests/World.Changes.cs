namespace CpIs.Model.Tests;

/// <summary>What the council's people do to their care data.</summary>
internal sealed partial class World
{
    private static readonly string[] s_codes = ["C1", "C2", "V2", "E1"];

    private void Change(What what, int a, int b, int c)
    {
        switch (what)
        {
            case What.PlanStart: Plan(a, p => p.Start = b % 12 == 0 ? null : NearDay(b, c), "starts on another day"); break;
            case What.PlanEnd: Plan(a, p => p.End = NearDay(b, c), "ends"); break;
            case What.PlanOpen: Plan(a, p => p.End = null, "is open"); break;
            case What.PlanInError: Plan(a, p => p.InError = !p.InError, "recorded in error or not"); break;
            case What.PlanOfOtherAuthority: Plan(a, p => p.OtherAuthority = !p.OtherAuthority, "of another authority or not"); break;
            case What.PlanGone: Plan(a, p => p.Gone = !p.Gone, "gone or back"); break;
            case What.PlanUnreadable: Plan(a, p => p.Unreadable = !p.Unreadable, "unreadable or readable"); break;
            case What.NewPlan: NewPlan(a, b, c); break;
            case What.StatusCode: Status(a, s => s.Code = s_codes[b % 4], "another code"); break;
            case What.StatusStart: Status(a, s => s.Start = b % 12 == 0 ? null : NearDay(b, c), "starts on another day"); break;
            case What.StatusEnd: Status(a, s => s.End = b % 4 == 0 ? null : NearDay(b, c), "ends or is open"); break;
            case What.StatusInError: Status(a, s => s.InError = !s.InError, "recorded in error or not"); break;
            case What.StatusGone: Status(a, s => s.Gone = !s.Gone, "gone or back"); break;
            case What.StatusUnreadable: Status(a, s => s.Unreadable = !s.Unreadable, "unreadable or readable"); break;
            case What.NewStatus: NewStatus(a, b, c); break;
            case What.Number: Person(a, p => p.Number = NumberOf(p, b, c), "another number"); break;
            case What.Name: Person(a, p => (p.Family, p.Given) = b % 4 == 0 ? (p.Family, null) : ("Sample", "Name" + (b % 5) + " Second"), "another name"); break;
            case What.BirthDate: BirthDate(a, b, c); break;
            case What.PersonGone: Person(a, p => p.Gone = !p.Gone, "gone or back"); break;
            case What.PersonUnreadable: Person(a, p => p.Unreadable = !p.Unreadable, "unreadable or readable"); break;
            case What.Birth: Birth(a, b, c); break;
            case What.NotBornAfterAll: NotBornAfterAll(a); break;
            case What.ExpectedDate: Unborn(a, p => p.Expected = b % 3 == 0 ? null : Today.AddDays((c * 3) - 30), "another expected date"); break;
            case What.MotherLink: Unborn(a, p => p.Mother = new[] { "mia", "nan", "mia", null, "nobody" }[b % 5], "another mother"); break;
            case What.WorkerLeaves: WorkerLeaves(a); break;
            case What.WorkerChanges: Person(a, p => (p.Worker, p.Manager) = (Pick(new[] { "W1", "W2", null }, b), Pick(new[] { "M1", "M2", "W1" }, c)), "another worker"); break;
            case What.Complete: Complete(a); break;
            default: throw new ArgumentOutOfRangeException(nameof(what));
        }
    }

    /// <summary>Most often within a month of today, sometimes a year or two off.</summary>
    private DateOnly NearDay(int b, int c) => (b % 6) switch
    {
        0 => Today,
        1 => Today.AddDays(c % 9),
        2 => Today.AddDays(-400 - c),
        3 => Today.AddDays(-365 + c),
        _ => Today.AddDays(-c),
    };

    private static string? NumberOf(PersonRow person, int b, int c)
    {
        var own = Array.IndexOf(["mia", "nan", "ada", "ben", "cy", "one", "two", "tre"], person.Id);
        return (b % 10) switch
        {
            0 => null,
            1 => Rules.Number(own)[..9] + (char)('0' + ((Rules.Number(own)[9] - '0' + 1) % 10)),
            2 => Rules.Number(c % 8),
            3 or 4 or 5 => Rules.Number(10 + own),
            6 => Rules.Number(20 + own + (8 * (c % 2))),
            7 => Rules.Number(own)[..3] + " " + Rules.Number(own)[3..6] + "-" + Rules.Number(own)[6..],
            _ => Rules.Number(own),
        };
    }

    private void Plan(int a, Action<PlanRow> change, string words)
    {
        var plan = Pick(Council.Plans.Values, a);
        change(plan);
        plan.Changed = Clock.Now;
        Say($"plan {plan.Id} of {plan.Person}: {words}: {plan.Start:yyyy-MM-dd}..{plan.End:yyyy-MM-dd}{Flags(plan, (plan.InError, "error"), (plan.OtherAuthority, "other"))}");
    }

    private void Status(int a, Action<StatusRow> change, string words)
    {
        var status = Pick(Council.Statuses.Values, a);
        change(status);
        status.Changed = Clock.Now;
        Say($"status {status.Id} of {status.Person}: {words}: {status.Code} {status.Start:yyyy-MM-dd}..{status.End:yyyy-MM-dd}{Flags(status, (status.InError, "error"))}");
    }

    private void Person(int a, Action<PersonRow> change, string words) => Change(Pick(Council.People.Values, a), change, words);

    private void Change(PersonRow person, Action<PersonRow> change, string words)
    {
        change(person);
        person.Changed = Clock.Now;
        var number = person.Number is null ? "-" : Rules.Valid(person.Number) is { } valid ? "#" + valid[^4..] : "invalid";
        Say($"person {person.Id}: {words}: {number} {(person.Unborn ? $"unborn, expected {person.Expected:yyyy-MM-dd}" : $"born {person.Born:yyyy-MM-dd}")} mother {person.Mother} given {(person.Given is null ? "missing" : "there")}{Flags(person)}");
    }

    private static string Flags(CareRow row, params (bool IsSet, string Name)[] flags) =>
        string.Concat(flags.Prepend((row.Unreadable, "unreadable")).Prepend((row.Gone, "gone")).Where(f => f.Item1).Select(f => " " + f.Item2));

    private void Unborn(int a, Action<PersonRow> change, string words)
    {
        if (Council.People.Values.Where(p => p.Unborn).ToList() is { Count: > 0 } unborn)
        {
            Change(Pick(unborn, a), change, words);
        }
    }

    private void Birth(int a, int b, int c) => Unborn(a, p =>
    {
        (p.Unborn, p.Family, p.Given) = (false, "Sample", "Baby");
        p.Born = b % 7 == 0 ? null : b % 7 == 1 ? Today.AddDays(-c) : Today.AddDays(-(c % 4));
        p.Number = b % 3 == 0 ? null : NumberOf(p, 9, 0);
    }, "is born");

    private void NotBornAfterAll(int a)
    {
        if (Council.People.Values.Where(p => !p.Unborn && p.Mother is not null).ToList() is { Count: > 0 } born)
        {
            Change(Pick(born, a), p => (p.Unborn, p.Born) = (true, null), "is unborn after all");
        }
    }

    private void BirthDate(int a, int b, int c)
    {
        var born = Council.People.Values.Where(p => !p.Unborn).ToList();
        Change(Pick(born, a), p => p.Born = b % 5 == 0 ? null : p.Mother is not null ? Today.AddDays(-c) : (p.Born ?? new DateOnly(2012, 3, 4)).AddDays(b % 2 == 0 ? 1 : -400), "another birth date");
    }

    private void NewPlan(int a, int b, int c)
    {
        if (_newRows < 4)
        {
            var plan = Council.Plan($"n{++_newRows}", Pick(Council.People.Keys, a), "2026-01-01");
            plan.Start = NearDay(b, c);
            plan.Changed = Clock.Now;
            Say($"plan {plan.Id} of {plan.Person} from {plan.Start:yyyy-MM-dd}");
        }
    }

    private void NewStatus(int a, int b, int c)
    {
        if (_newRows < 4)
        {
            var status = Council.Status($"t{++_newRows}", Pick(Council.People.Keys, a), s_codes[c % 4], "2026-01-01");
            status.Start = NearDay(b, c);
            status.Changed = Clock.Now;
            Say($"status {status.Id} of {status.Person} {status.Code} from {status.Start:yyyy-MM-dd}");
        }
    }

    private void WorkerLeaves(int a)
    {
        var worker = Pick(Council.WorkerIsActive.Keys, a);
        Council.WorkerIsActive[worker] = !Council.WorkerIsActive[worker];
        Say($"worker {worker} {(Council.WorkerIsActive[worker] ? "is back" : "leaves")}");
    }
}
