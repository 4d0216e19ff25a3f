using FsCheck;
using FsCheck.Fluent;

namespace CpIs.Model.Tests;

/// <summary>One thing that happens; the numbers choose to whom and how.</summary>
internal sealed record Command(What What, int A, int B, int C);

/// <summary>What can happen to the council, its engine and CP-IS.</summary>
internal enum What
{
    // The engine.
    Night,
    NightAndAnswer,
    NightOfOne,
    FullNight,
    ConfirmedNight,
    InterruptedNight,
    DeadNight,
    KilledNight,

    // CP-IS, of the files that wait for it.
    TakeAndConfirm,
    TakeAndSayNothing,
    TakeAndAnswerLate,
    TakeAndReject,
    RefuseFile,
    Lose,
    Redeliver,
    AnswerAgain,
    Access,
    Accesses,
    AccessAgain,
    Stranger,
    Inactive,

    // The calendar.
    Days,
    Months,

    // The care data.
    PlanStart,
    PlanEnd,
    PlanOpen,
    PlanInError,
    PlanOfOtherAuthority,
    PlanGone,
    PlanUnreadable,
    NewPlan,
    StatusCode,
    StatusStart,
    StatusEnd,
    StatusInError,
    StatusGone,
    StatusUnreadable,
    NewStatus,
    Number,
    Name,
    BirthDate,
    PersonGone,
    PersonUnreadable,
    Birth,
    NotBornAfterAll,
    ExpectedDate,
    MotherLink,
    WorkerLeaves,
    WorkerChanges,
    Complete,
}

/// <summary>Random histories, and smaller ones of them.</summary>
internal static class Histories
{
    private static readonly (int Weight, What What)[] s_weights =
    [
        (14, What.NightAndAnswer), (8, What.Night), (2, What.NightOfOne), (2, What.FullNight), (1, What.ConfirmedNight), (3, What.InterruptedNight), (3, What.DeadNight),
        (5, What.TakeAndConfirm), (3, What.TakeAndSayNothing), (4, What.TakeAndAnswerLate), (4, What.TakeAndReject), (3, What.RefuseFile), (4, What.Lose), (2, What.Redeliver), (2, What.AnswerAgain),
        (5, What.Access), (1, What.AccessAgain), (1, What.Stranger), (2, What.Inactive), (10, What.Days), (2, What.Months),
        (3, What.PlanStart), (4, What.PlanEnd), (2, What.PlanOpen), (3, What.PlanInError), (1, What.PlanOfOtherAuthority), (3, What.PlanGone), (1, What.PlanUnreadable), (1, What.NewPlan),
        (2, What.StatusCode), (2, What.StatusStart), (2, What.StatusEnd), (1, What.StatusInError), (1, What.StatusGone), (1, What.StatusUnreadable), (1, What.NewStatus),
        (6, What.Number), (2, What.Name), (2, What.BirthDate), (2, What.PersonGone), (1, What.PersonUnreadable), (7, What.Birth), (1, What.NotBornAfterAll), (2, What.ExpectedDate),
        (2, What.MotherLink), (2, What.WorkerLeaves), (1, What.WorkerChanges), (2, What.Complete),
    ];

    /// <summary>What only the whole program can meet; the decisions alone have no state that a kill could spoil, and no work trays.</summary>
    private static readonly (int Weight, What What)[] s_ofTheProgram = [.. s_weights, (8, What.KilledNight), (3, What.Accesses)];

    /// <summary>
    /// The history of a seed. Each knows only some of the things that can happen, which brings them together more often than if every
    /// history were a little of everything.
    /// </summary>
    public static IReadOnlyList<Command> Of(ulong seed, bool decidedOnly)
    {
        var weights = decidedOnly ? s_weights : s_ofTheProgram;
        var history =
            from dice in Gen.Choose(0, 99).ArrayOf(weights.Length)
            from likely in Gen.Elements(15, 30, 50, 100)
            from count in Gen.Choose(6, 45)
            from commands in One([.. weights.Where((w, i) => w.What is What.NightAndAnswer or What.Days || dice[i] < likely)]).ArrayOf(count)
            from begun in Gen.Choose(0, 3)
            select (Command[])[.. begun == 0 ? (Command[])[] : [new Command(What.NightAndAnswer, 0, 0, 0)], .. commands];
        return history.Sample(50, new Rnd(seed), 1)[0];
    }

    private static Gen<Command> One((int Weight, What What)[] weights) =>
        from what in Gen.Frequency(weights.Select(w => (w.Weight, Gen.Constant(w.What))))
        from a in Gen.Choose(0, 59)
        from b in Gen.Choose(0, 59)
        from c in Gen.Choose(0, 59)
        select new Command(what, a, b, c);

    /// <summary>Drops commands as long as the history still fails: halves first, single ones last.</summary>
    public static async Task<IReadOnlyList<Command>> ShrinkAsync(IReadOnlyList<Command> failing, Func<IReadOnlyList<Command>, Task<bool>> fails, TimeSpan atMost)
    {
        var until = DateTime.UtcNow + atMost;
        for (var size = failing.Count / 2; size >= 1;)
        {
            var dropped = false;
            for (var at = 0; at + size <= failing.Count && DateTime.UtcNow < until;)
            {
                List<Command> smaller = [.. failing.Take(at), .. failing.Skip(at + size)];
                if (await fails(smaller))
                {
                    (failing, dropped) = (smaller, true);
                }
                else
                {
                    at += size;
                }
            }

            size = dropped && size == 1 && DateTime.UtcNow < until ? 1 : Math.Min(size / 2, failing.Count);
        }

        return failing;
    }
}
