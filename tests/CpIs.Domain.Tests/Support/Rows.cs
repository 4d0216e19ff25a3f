using CpIs.Domain.Source;

namespace CpIs.Domain.Tests.Support;

/// <summary>A person row of a story, and the ways in which it changes.</summary>
internal sealed class Someone(Council council, Person row)
{
    public Person Row { get; private set; } = row;

    public bool IsGone { get; private set; }

    public bool IsUnreadable { get; private set; }

    public string Id => Row.PersonId;

    public Someone Number(int? name) => NumberText(name is { } n ? Numbers.Text(n) : null);

    public Someone NumberText(string? text) => Change(p => p with { NhsNumber = text });

    public Someone Named(string? family, string? given) => Change(p => p with { FamilyName = family, GivenNames = given });

    public Someone BornOn(string? date) => Change(p => p with { DateOfBirth = Council.DayOrNull(date) });

    public Someone Expected(string? date) => Change(p => p with { ExpectedDateOfBirth = Council.DayOrNull(date) });

    public Someone MotherIs(string? id) => Change(p => p with { MotherPersonId = id });

    public Someone WorkerIs(string? id) => Change(p => p with { WorkerId = id });

    /// <summary>The birth: no longer unborn, names given, and a birth date where one was entered.</summary>
    public Someone IsBorn(string? date, int? number = null, string? name = "Baby") => Change(p => p with
    {
        IsUnborn = false,
        DateOfBirth = Council.DayOrNull(date),
        FamilyName = "Sample",
        GivenNames = name,
        NhsNumber = number is { } n ? Numbers.Text(n) : null,
    });

    public Someone IsUnbornAgain() => Change(p => p with { IsUnborn = true, DateOfBirth = null });

    public Someone Gone(bool yes = true)
    {
        IsGone = yes;
        return this;
    }

    public Someone Unreadable(bool yes = true)
    {
        IsUnreadable = yes;
        return this;
    }

    public Someone ChangedAt(DateTimeOffset? at)
    {
        Row = Row with { ChangedAt = at };
        return this;
    }

    public Someone Change(Func<Person, Person> change)
    {
        Row = change(Row) with { ChangedAt = council.Changed() };
        return this;
    }

    /// <summary>Gives the person a child protection plan.</summary>
    public Someone Plan(string id, string? from, string? to = null)
    {
        council.Add(new PlanRow(council, new Plan(id, Id, Council.DayOrNull(from), Council.DayOrNull(to), false, false, council.Changed())));
        return this;
    }

    /// <summary>Gives the person a legal status.</summary>
    public Someone Status(string id, string code, string? from, string? to = null)
    {
        council.Add(new StatusRow(council, new LegalStatus(id, Id, code, Council.DayOrNull(from), Council.DayOrNull(to), false, council.Changed())));
        return this;
    }
}

/// <summary>A plan row of a story, and the ways in which it changes.</summary>
internal sealed class PlanRow(Council council, Plan row)
{
    public Plan Row { get; private set; } = row;

    public bool IsGone { get; private set; }

    public bool IsUnreadable { get; private set; }

    public bool IdIsUnreadable { get; private set; }

    public PlanRow StartsOn(string? date) => Change(p => p with { StartDate = Council.DayOrNull(date) });

    public PlanRow EndsOn(string? date) => Change(p => p with { EndDate = Council.DayOrNull(date) });

    public PlanRow InError(bool yes = true) => Change(p => p with { RecordedInError = yes });

    public PlanRow OtherAuthority(bool yes = true) => Change(p => p with { HeldByOtherAuthority = yes });

    public PlanRow BelongsTo(string person) => Change(p => p with { PersonId = person });

    /// <summary>Makes the row contradict itself: it ends on the day before it starts.</summary>
    public PlanRow Spoiled() => Change(p => p with { EndDate = p.StartDate?.AddDays(-1) });

    public PlanRow Gone(bool yes = true)
    {
        IsGone = yes;
        return this;
    }

    public PlanRow Unreadable(bool yes = true, bool withoutId = false)
    {
        IsUnreadable = yes;
        IdIsUnreadable = withoutId;
        return this;
    }

    public PlanRow ChangedAt(DateTimeOffset? at)
    {
        Row = Row with { ChangedAt = at };
        return this;
    }

    public PlanRow Change(Func<Plan, Plan> change)
    {
        Row = change(Row) with { ChangedAt = council.Changed() };
        return this;
    }
}

/// <summary>A legal status row of a story, and the ways in which it changes.</summary>
internal sealed class StatusRow(Council council, LegalStatus row)
{
    public LegalStatus Row { get; private set; } = row;

    public bool IsGone { get; private set; }

    public bool IsUnreadable { get; private set; }

    public bool IdIsUnreadable { get; private set; }

    public StatusRow StartsOn(string? date) => Change(p => p with { StartDate = Council.DayOrNull(date) });

    public StatusRow EndsOn(string? date) => Change(p => p with { EndDate = Council.DayOrNull(date) });

    public StatusRow InError(bool yes = true) => Change(p => p with { RecordedInError = yes });

    /// <summary>Makes the row contradict itself: it ends on the day before it starts.</summary>
    public StatusRow Spoiled() => Change(p => p with { EndDate = p.StartDate?.AddDays(-1) });

    public StatusRow CodeIs(string code) => Change(p => p with { Code = code });

    public StatusRow Gone(bool yes = true)
    {
        IsGone = yes;
        return this;
    }

    public StatusRow Unreadable(bool yes = true, bool withoutId = false)
    {
        IsUnreadable = yes;
        IdIsUnreadable = withoutId;
        return this;
    }

    public StatusRow ChangedAt(DateTimeOffset? at)
    {
        Row = Row with { ChangedAt = at };
        return this;
    }

    public StatusRow Change(Func<LegalStatus, LegalStatus> change)
    {
        Row = change(Row) with { ChangedAt = council.Changed() };
        return this;
    }
}
