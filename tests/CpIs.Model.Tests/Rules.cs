using System.Globalization;

namespace CpIs.Model.Tests;

/// <summary>What tells one record of CP-IS from another, within one council (rule U2).</summary>
internal sealed record Key(string Number, string Type, DateOnly Start);

/// <summary>What CP-IS is told of a record (rule U1).</summary>
internal sealed record Content(DateOnly? End, string Family, string Given, DateOnly Born, string Holder);

/// <summary>A record that the care data asks for, sendable or not.</summary>
internal sealed record Wish(
    string Type, string Holder, DateOnly Start, DateOnly? End, IReadOnlyList<string> Rows, IReadOnlyList<string> Children, string? DateReason, string? NumberReason, Key? Key, Content? Content)
{
    /// <summary>Why it is withheld (rule U4), or null.</summary>
    public string? Reason => DateReason ?? NumberReason;

    public bool MadeOf(IEnumerable<string> rows) => Rows.Intersect(rows).Any();
}

/// <summary>What is to be said of one source row by itself.</summary>
internal enum RowState
{
    Good,
    Gone,
    Unread,
    InError,
    PersonMissing,
    OtherAuthority,
    NotShared,
    Inconsistent,
    NoExpectedDate,
}

/// <summary>
/// The rules of sections 1 and 2, said once more and as simply as can be: from the care data, a date and the inactive numbers to the records
/// that should be on CP-IS. It shares nothing with the program.
/// </summary>
internal sealed class Rules
{
    private readonly Council _council;
    private readonly DateOnly _today;
    private readonly HashSet<string> _inactive;
    private readonly Func<string, string?> _motherBefore;

    /// <param name="held">Number and holder of what CP-IS holds (rule N6).</param>
    /// <param name="motherBefore">Under whom the plan of a child was shared before the birth; asked for one that lost its mother since.</param>
    public Rules(
        Council council, DateOnly today, IEnumerable<string> inactive, IEnumerable<(string Number, string Holder)> held, Func<string, string?>? motherBefore = null)
    {
        (_council, _today, _inactive, _motherBefore) = (council, today, [.. inactive], motherBefore ?? (_ => null));
        Shared = NumbersOfSeveral(held);
        Wishes = [.. council.People.Values.SelectMany(ProtectionPlans), .. council.People.Values.SelectMany(LookedAfter), .. UnbornPlans()];
    }

    public IReadOnlyList<Wish> Wishes { get; }

    /// <summary>Numbers of two people (rule N6).</summary>
    public IReadOnlySet<string> Shared { get; }

    public static bool IsAdult(DateOnly? born, DateOnly day)
    {
        if (born is not { } b)
        {
            return false;
        }

        var birthday = b is { Month: 2, Day: 29 } && !DateTime.IsLeapYear(b.Year + 18) ? new DateOnly(b.Year + 18, 3, 1) : b.AddYears(18);
        return day >= birthday;
    }

    /// <summary>The last day on which CP-IS shows a record (rules S6, S10).</summary>
    public static DateOnly Until(string type, DateOnly? end) =>
        end is not { } e ? DateOnly.MaxValue : type == "UCPP" ? e.AddDays(28) : e.AddMonths(12);

    /// <summary>The number in ten digits, or null when it fails rule N1.</summary>
    public static string? Valid(string? number)
    {
        var digits = (number ?? string.Empty).Replace(" ", string.Empty, StringComparison.Ordinal).Replace("-", string.Empty, StringComparison.Ordinal);
        if (digits.Length != 10 || !digits.All(char.IsAsciiDigit) || digits.Distinct().Count() == 1)
        {
            return null;
        }

        var check = 11 - (Enumerable.Range(0, 9).Sum(i => (digits[i] - '0') * (10 - i)) % 11);
        return (check == 11 ? 0 : check) == digits[9] - '0' ? digits : null;
    }

    /// <summary>The n-th valid number of the range 999.</summary>
    public static string Number(int n)
    {
        for (var i = 9_992_000_000L; ; i++)
        {
            var text = i.ToString(CultureInfo.InvariantCulture);
            if (Valid(text) is not null && n-- == 0)
            {
                return text;
            }
        }
    }

    /// <summary>What is wrong with a row alone; the first that applies (rules U4, S2, S6, S11, S15, S16).</summary>
    public RowState State(string row)
    {
        if (_council.Plans.TryGetValue(row, out var plan))
        {
            var person = _council.Find(plan.Person);
            return plan.Gone ? Missing(plan.Person)
                : plan.Unreadable ? RowState.Unread
                : plan.InError ? RowState.InError
                : person is null ? RowState.PersonMissing
                : plan.OtherAuthority ? RowState.OtherAuthority
                : plan.Start is null || plan.End < plan.Start ? RowState.Inconsistent
                : person is { Unborn: true, Expected: null } ? RowState.NoExpectedDate
                : RowState.Good;
        }

        var status = _council.Statuses[row];
        return status.Gone ? Missing(status.Person)
            : status.Unreadable ? RowState.Unread
            : status.InError ? RowState.InError
            : _council.Find(status.Person) is not { } of ? RowState.PersonMissing
            : status.Code is not ("C1" or "C2" or "V2") ? RowState.NotShared
            : status.Start is null || status.End < status.Start || of.Unborn ? RowState.Inconsistent
            : RowState.Good;
    }

    /// <summary>
    /// True when a row has a data fault, for which what is held of it stands (rule U3). The number of a born child is no fault of its
    /// mother's record, which has rules of its own (S9), but without a birth date it cannot be counted in that of a twin (S7).
    /// </summary>
    /// <param name="heldAs">The plan type of what is held.</param>
    /// <param name="heldRows">All rows of what is held.</param>
    public bool IsFaulty(string row, string heldAs, IReadOnlyList<string> heldRows) =>
        State(row) is RowState.Unread or RowState.PersonMissing or RowState.Inconsistent or RowState.NoExpectedDate
        || (heldAs == "UCPP" && State(row) == RowState.Good && _council.People[PersonOf(row)] is { Unborn: false, Born: null }
            && Wishes.Any(w => w.Type == "UCPP" && w.MadeOf(heldRows)))
        || Wishes.Any(w => w.Rows.Contains(row) && (w.Type == "UCPP" ? heldAs == "UCPP" || _council.People[PersonOf(row)].Unborn : heldAs != "UCPP") && w is { DateReason: null, NumberReason: not null });

    private RowState Missing(string person) => _council.HasUnreadable(person) ? RowState.Unread : RowState.Gone;

    private IEnumerable<Wish> ProtectionPlans(PersonRow person)
    {
        if (_council.Find(person.Id) is null || person.Unborn)
        {
            yield break;
        }

        // Rows with one start are one record (S14), and what began before the birth begins with it (S9).
        var plans = GoodPlans(person.Id).ToList();
        foreach (var early in plans.Where(p => p.End < person.Born).GroupBy(p => p.Start).Where(g => plans.Count(p => p.Start == g.Key) == g.Count()))
        {
            yield return Make("CPP", person, person.Id, early.Key!.Value, early.Max(p => p.End), early, "ended-before-birth");
        }

        foreach (var record in plans.Where(p => !(p.End < person.Born)).GroupBy(p => p.Start < person.Born ? person.Born.Value : p.Start!.Value))
        {
            yield return Make("CPP", person, person.Id, record.Key, record.Any(p => p.End is null) ? null : record.Max(p => p.End), record);
        }
    }

    private IEnumerable<Wish> LookedAfter(PersonRow person)
    {
        if (_council.Find(person.Id) is null)
        {
            yield break;
        }

        var statuses = _council.Statuses.Values.Where(s => s.Person == person.Id && State(s.Id) == RowState.Good);
        foreach (var (start, end, rows) in Joined(statuses.Select(s => (s.Start!.Value, s.End, (CareRow)s))))
        {
            yield return Make("LAC", person, person.Id, start, end, rows);
        }
    }

    private IEnumerable<Wish> UnbornPlans()
    {
        var parts =
            from child in _council.People.Values
            where _council.Find(child.Id) is not null && (child.Unborn || child.Born is not null)
            from plan in GoodPlans(child.Id)
            let birth = child.Unborn ? child.Expected!.Value : child.Born!.Value
            where child.Unborn || plan.Start <= birth
            let end = plan.End < birth ? plan.End!.Value : birth
            select (Child: child, Plan: plan, End: end < plan.Start ? plan.Start!.Value : end);
        foreach (var ofMother in parts.GroupBy(p => MotherOf(p.Child, p.Plan.Id) ?? "-" + p.Child.Id, StringComparer.Ordinal))
        {
            var mother = _council.Find(ofMother.Key);
            foreach (var (start, end, rows) in Joined(ofMother.Select(p => (p.Plan.Start!.Value, (DateOnly?)p.End, (CareRow)p.Plan))))
            {
                var children = rows.Select(r => _council.People[((PlanRow)r).Person]).ToList();
                if (children.Exists(c => c.Unborn))
                {
                    yield return Make("UCPP", mother, mother?.Id ?? children[0].Id, start, end, rows);
                }
            }
        }
    }

    private string? MotherOf(PersonRow child, string plan) => _council.Find(child.Mother)?.Id ?? (child.Unborn ? null : _motherBefore(plan));

    private Wish Make(string type, PersonRow? subject, string holder, DateOnly start, DateOnly? end, IEnumerable<CareRow> rows, string? dateReason = null)
    {
        var ids = rows.Select(r => r.Id).Order(StringComparer.Ordinal).ToList();
        List<string> children = [.. ids.Select(PersonOf).Distinct().Order(StringComparer.Ordinal)];
        dateReason ??= type != "UCPP" && IsAdult(subject?.Born, _today) ? "aged-18"
            : start > _today ? "starts-in-future"
            : Until(type, end) < _today ? "retention-expired"
            : null;
        var numberReason = NumberReason(subject, type == "UCPP");
        var number = Valid(subject?.Number);
        var key = number is null ? null : new Key(number, type, start);
        var content = subject is null || Details(subject).Count > 0 ? null
            : new Content(end, subject.Family!.Trim(), First(subject.Given), subject.Born!.Value, holder);
        return new Wish(type, holder, start, end, ids, children, dateReason, numberReason, key, content);
    }

    /// <summary>Whose row it is.</summary>
    public string PersonOf(string row) => _council.Plans.TryGetValue(row, out var plan) ? plan.Person : _council.Statuses[row].Person;

    private string? NumberReason(PersonRow? subject, bool isMother)
    {
        if (subject is null)
        {
            return "mother-not-linked";
        }

        if (string.IsNullOrWhiteSpace(subject.Number))
        {
            return isMother ? "mother-nhs-number-missing" : "nhs-number-missing";
        }

        if (Valid(subject.Number) is not { } number)
        {
            return isMother ? "mother-nhs-number-invalid" : "nhs-number-invalid";
        }

        return Shared.Contains(number) ? "nhs-number-duplicate"
            : _inactive.Contains(number) ? "nhs-number-inactive"
            : Details(subject) is { Count: > 0 } missing ? "details-missing:" + string.Join('+', missing)
            : null;
    }

    private static List<string> Details(PersonRow person) =>
    [
        .. new[]
        {
            (Name: "family_name", IsMissing: string.IsNullOrWhiteSpace(person.Family)),
            (Name: "given_names", IsMissing: string.IsNullOrWhiteSpace(person.Given)),
            (Name: "date_of_birth", IsMissing: person.Born is null),
        }.Where(d => d.IsMissing).Select(d => d.Name),
    ];

    public static string First(string? given) => (given ?? string.Empty).Trim().Split(' ')[0];

    private HashSet<string> NumbersOfSeveral(IEnumerable<(string Number, string Holder)> held)
    {
        var mothers = _council.People.Values
            .Where(c => c.Unborn && _council.Find(c.Id) is not null && _council.HasRows(c.Id)).Select(c => _council.Find(c.Mother)).OfType<PersonRow>();
        var inScope = _council.People.Values.Where(p => _council.Find(p.Id) is not null && !p.Unborn && _council.HasRows(p.Id)).Concat(mothers);
        return [.. inScope.Select(p => (Number: Valid(p.Number), Holder: p.Id)).Where(c => c.Number is not null).Select(c => (c.Number!, c.Holder))
            .Concat(held).Distinct().GroupBy(c => c.Item1, c => c.Item2, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key)];
    }

    private IEnumerable<PlanRow> GoodPlans(string person) => _council.Plans.Values.Where(p => p.Person == person && State(p.Id) == RowState.Good);

    /// <summary>Periods that overlap or adjoin as one, with the rows in each (rules S4, S7).</summary>
    private static List<(DateOnly Start, DateOnly? End, List<CareRow> Rows)> Joined(IEnumerable<(DateOnly Start, DateOnly? End, CareRow Row)> parts)
    {
        var joined = new List<(DateOnly Start, DateOnly? End, List<CareRow> Rows)>();
        foreach (var (start, end, row) in parts.OrderBy(p => p.Start))
        {
            if (joined.Count > 0 && joined[^1] is var last && (last.End is null || start <= last.End.Value.AddDays(1)))
            {
                joined[^1] = (last.Start, last.End is null || end is null ? null : end > last.End ? end : last.End, [.. last.Rows, row]);
            }
            else
            {
                joined.Add((start, end, [row]));
            }
        }

        return joined;
    }
}
