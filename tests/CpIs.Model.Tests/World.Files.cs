using CpIs.EndToEnd.Tests.Harness;

namespace CpIs.Model.Tests;

/// <summary>Upload files held against the rules.</summary>
internal sealed partial class World
{
    /// <summary>The plan rows that CP-IS should go on showing, if it does, by what was known when a file was written.</summary>
    private readonly Dictionary<long, HashSet<string>> _shouldStay = [];

    private readonly Dictionary<long, DateOnly> _madeOn = [];

    /// <summary>The numbers that were inactive when a file was written.</summary>
    private readonly Dictionary<long, HashSet<string>> _inactiveThen = [];

    /// <summary>Records of which the engine let go: their holder came of age by the care data (rule S13), or they were over (rule S6).</summary>
    private readonly HashSet<(Key Key, long File)> _letGo = [];

    /// <summary>The records that were asked for when a file was written, with their rows: one that is unchanged may have more rows than when it was told.</summary>
    private readonly Dictionary<long, ILookup<Key, string>> _asked = [];

    /// <summary>Looks at the files that a run wrote, and at those that it handed over.</summary>
    /// <returns>The number of files handed over.</returns>
    private int LookAtFiles(bool full, bool confirmed)
    {
        var rules = Now();
        var runs = Path.Combine(Data, "runs");
        foreach (var run in (Directory.Exists(runs) ? Directory.GetDirectories(runs) : []).Where(r => _runs.Add(Path.GetFileName(r))))
        {
            var side = new CpIsSide(Path.Combine(run, "transform"), Inbox);
            foreach (var file in side.Waiting)
            {
                Look(file, side.Read(file), rules, full, confirmed);
            }
        }

        var handed = 0;
        foreach (var file in Waiting)
        {
            if (!_made.ContainsKey(file) || _taken.Contains(file))
            {
                Broken($"file {file} {(_taken.Contains(file) ? "was handed over a second time" : "was never written")}");
            }

            if (_handed.TryAdd(file, Clock.Now))
            {
                handed++;
            }
        }

        return handed;
    }

    private void Look(long file, IReadOnlyList<Uploaded> records, Rules rules, bool full, bool confirmed)
    {
        if (_made.ContainsKey(file) || _made.Keys.Any(f => f > file))
        {
            Broken($"number {file} was used before, or a higher one");
        }

        if (records.Count == 0)
        {
            Broken($"file {file} has no records");
        }

        if (records.GroupBy(Told.KeyOf).Any(g => g.Count() > 1))
        {
            Broken($"file {file} has two records with one key");
        }

        List<Told> told = [.. records.Select((r, i) => r.Delete is null ? LookAtRecord(Told.Of(r, i + 1, [], []), rules, full) : LookAtRemoval(Told.Of(r, i + 1, [], []), rules))];
        told = [.. told.Select(t => WithTheBorn(t, told, rules))];
        var gone = told.Where(t => t.IsRemoval && t.Rows.All(r => rules.State(r) == RowState.Gone)).ToList();
        if (gone.Count > MaxVanished && !confirmed)
        {
            Broken($"{gone.Count} records are removed because their rows are gone (U10)");
        }

        _written[file] = records;
        _madeOn[file] = Today;
        _inactiveThen[file] = [.. _inactive];
        _made[file] = told;
        _asked[file] = rules.Wishes.Where(w => w.Reason is null).SelectMany(w => w.Rows.Select(r => (w.Key, Row: r))).ToLookup(x => x.Key!, x => x.Row);
        _shouldStay[file] = [.. Council.Plans.Keys.Where(p => ShouldStay(p, rules))];
    }

    /// <summary>What CP-IS holds as it is asked for is the record of whatever rows ask for it now.</summary>
    private void Regroup(Rules rules)
    {
        var shown = CpIs.Shows(Today).ToList();
        foreach (var wish in rules.Wishes.Where(w => w.Reason is null && !WaitsForFault(w, shown, rules)))
        {
            foreach (var told in History.Where(t => t.Key == wish.Key && !t.IsRemoval && t.Content == wish.Content))
            {
                List<string> stay = [.. told.Rows.Where(r => !rules.Wishes.Any(w => w.Type == wish.Type && w.Rows.Contains(r)))];
                told.Children = [.. wish.Children.Union(stay.Select(rules.PersonOf)).Order(StringComparer.Ordinal)];
                told.Rows = [.. wish.Rows.Union(stay).Order(StringComparer.Ordinal)];
            }
        }
    }

    private Told LookAtRecord(Told told, Rules rules, bool full)
    {
        if (rules.Wishes.FirstOrDefault(w => w.Key == told.Key && w.Reason is null && w.Content == told.Content) is { } wish)
        {
            // Lost and told again, a record still stands for a row that is at fault.
            List<string> standing = History.LastOrDefault(t => t.Key == told.Key && !t.IsRemoval && Was(t)) is { } before ? [.. before.Rows.Where(r => rules.IsFaulty(r, told.Key.Type, before.Rows))] : [];
            return told with
            {
                Rows = [.. wish.Rows.Union(standing).Order(StringComparer.Ordinal)],
                Children = [.. wish.Children.Union(standing.Select(rules.PersonOf)).Order(StringComparer.Ordinal)],
            };
        }

        // What was told last may be lost, and what was confirmed before stand (rule U9).
        var lastTold = History.LastOrDefault(t => t.Key == told.Key && !t.IsRemoval && Was(t));
        var lastConfirmed = History.LastOrDefault(t => t.Key == told.Key && !t.IsRemoval && Was(t) && _answered.ContainsKey(t.File));
        if (full && new[] { lastTold, lastConfirmed }.FirstOrDefault(t => t?.Content == told.Content) is { } last && !rules.Shared.Contains(told.Key.Number) && !_inactive.Contains(told.Key.Number))
        {
            return told with { Rows = last.Rows, Children = last.Children };
        }

        if (told.Key.Type == "UCPP" && AfterBirth(told, rules) is { } mothers)
        {
            return told with { Rows = mothers.Rows, Children = mothers.Children };
        }

        var asked = string.Join("; ", rules.Wishes.Where(w => w.Key == told.Key || w.Holder == told.Content.Holder)
            .Select(w => $"{w.Type} {w.Start:yyyy-MM-dd}..{w.End:yyyy-MM-dd} {w.Reason} of {string.Join('+', w.Rows)}{(w.Content is { } c && c with { End = told.Content.End } != told.Content ? " with other details" : string.Empty)}"));
        Broken($"{told}: the rules do not ask for it, but for: {asked}");
        return told;
    }

    /// <summary>The mother's record that is ended or told anew after a birth (rules S9, N4), or null when this is none.</summary>
    private Told? AfterBirth(Told told, Rules rules)
    {
        var mother = Council.Find(told.Content.Holder);
        if (mother is null || Rules.Valid(mother.Number) != told.Key.Number || rules.Shared.Contains(told.Key.Number) || _inactive.Contains(told.Key.Number)
            || told.Content with { End = null } != new Content(null, mother.Family?.Trim() ?? string.Empty, Rules.First(mother.Given), mother.Born ?? default, mother.Id))
        {
            return null;
        }

        foreach (var last in History.Reverse().Where(t => !t.IsRemoval && t.Key.Type == "UCPP" && t.Key.Start == told.Key.Start))
        {
            // Who lost the link to the mother after the birth still counts in her record (rule S7).
            var isHers = last.Content.Holder == mother.Id;
            var born = last.Rows.Where(r => rules.State(r) == RowState.Good && !Council.People[rules.PersonOf(r)].Unborn).ToList();
            if (born.Count > 0 && (last.Key == told.Key || born.Exists(r => Council.People[rules.PersonOf(r)].Mother is var linked && (linked == mother.Id || (isHers && Council.Find(linked) is null))))
                && (told.Content.End == last.Content.End || (born.TrueForAll(r => Council.People[rules.PersonOf(r)].Born is not null) && told.Content.End == EndAtBirth(last.Key.Start, born, rules))))
            {
                return last with { Rows = born, Children = [.. born.Select(rules.PersonOf).Distinct()] };
            }
        }

        return null;
    }

    /// <summary>
    /// A record of the unborn that takes the place of another of their mother's, or is told again, goes on showing her born children who have
    /// none of their own (rule S9).
    /// </summary>
    private Told WithTheBorn(Told told, List<Told> file, Rules rules)
    {
        if (told.IsRemoval || told.Key.Type != "UCPP" || told.Rows.Count == 0)
        {
            return told;
        }

        var replaced = file.Where(t => t.IsRemoval && t.Key.Type == "UCPP" && t.Key.Start == told.Key.Start && t.Content.Holder == told.Content.Holder)
            .Concat(History.LastOrDefault(t => t.Key == told.Key && !t.IsRemoval && Was(t)) is { } before ? [before] : []);
        var born = replaced.SelectMany(t => t.Rows).Where(r => rules.State(r) == RowState.Good && !Council.People[rules.PersonOf(r)].Unborn && ShouldStay(r, rules)
            && !rules.Wishes.Any(w => w.Type == "CPP" && w.Reason is null && w.Rows.Contains(r)) && !CpIs.Holds.Values.Any(t => t.Key.Type == "CPP" && t.Rows.Contains(r))).ToList();
        return told with
        {
            Rows = [.. told.Rows.Union(born).Order(StringComparer.Ordinal)], Children = [.. told.Children.Union(born.Select(rules.PersonOf)).Order(StringComparer.Ordinal)],
        };
    }

    private DateOnly EndAtBirth(DateOnly start, List<string> born, Rules rules)
    {
        var end = born.Max(r => Council.Plans[r].End is { } own && own < Council.People[rules.PersonOf(r)].Born ? own : Council.People[rules.PersonOf(r)].Born!.Value);
        return end < start ? start : end;
    }

    private Told LookAtRemoval(Told told, Rules rules)
    {
        var last = History.LastOrDefault(t => t.Key == told.Key && !t.IsRemoval && Was(t));
        if (last is null)
        {
            Broken($"{told}: a removal of what was never told");
        }

        told = told with { Rows = last!.Rows, Children = last.Children };
        if (told.Delete != Today)
        {
            Broken($"{told}: the delete date is not the business date");
        }

        if (_inactive.Contains(told.Key.Number))
        {
            Broken($"{told}: a removal under an inactive number (N3)");
        }

        if (told.Rows.Where(r => rules.IsFaulty(r, told.Key.Type, told.Rows)).ToList() is { Count: > 0 } faulty)
        {
            Broken($"{told}: removed although {string.Join('+', faulty)} has but a data fault (U3)");
        }

        if (rules.Wishes.Any(w => w.Key == told.Key && w.Reason is null))
        {
            Broken($"{told}: removed although it is asked for");
        }

        return told;
    }

    private Told? Newest(Key key) => History.LastOrDefault(t => t.Key == key);

    /// <summary>True when the record was refused as it is, and must not be sent again (rule K1).</summary>
    private bool WasRefused(Wish wish) =>
        wish.Key is not null && Newest(wish.Key) is { IsRemoval: false } last && last.Content == wish.Content && _refused.ContainsKey((last.File, last.Position));

    private bool ShouldStay(string plan, Rules rules)
    {
        if (rules.State(plan) is RowState.Unread or RowState.PersonMissing or RowState.Inconsistent or RowState.NoExpectedDate)
        {
            return true;
        }

        var wishes = rules.Wishes.Where(w => w.Rows.Contains(plan)).ToList();
        return rules.State(plan) == RowState.Good && wishes.Exists(w => w.DateReason is null && w.NumberReason != "nhs-number-inactive") && !wishes.Exists(WasRefused);
    }

    /// <summary>Rule S9 and U3: what a file does, if all of it is taken, makes nobody invisible who should be seen.</summary>
    private void LookForTheInvisible(List<Told> records)
    {
        var after = new CpIsModel();
        foreach (var told in CpIs.Holds.Values.Concat(records))
        {
            after.Load(told);
        }

        var asked = _asked[records[0].File];
        var day = _madeOn[records[0].File];
        var before = Plans(CpIs);
        before.ExceptWith(Plans(after));

        // What is hidden because a number became inactive since is not the file's doing.
        before.ExceptWith(asked.Where(a => CpIs.Inactive.Contains(a.Key.Number) && !_inactiveThen[records[0].File].Contains(a.Key.Number)).SelectMany(a => a));
        before.IntersectWith(_shouldStay[records[0].File]);
        if (before.Count > 0)
        {
            Broken($"plan {string.Join('+', before)} is no longer shown after file {records[0].File}: {string.Join("; ", records)}");
        }

        // A record that is told again with fewer rows still shows what it showed.
        HashSet<string> Plans(CpIsModel cpIs) =>
            cpIs.Shows(day).Where(t => t.Key.Type != "LAC").SelectMany(t => t.Rows.Concat(asked[t.Key]).Concat(CpIs.Holds.GetValueOrDefault(t.Key)?.Rows ?? []))
                .ToHashSet(StringComparer.Ordinal);
    }

    /// <summary>Lets everything come to rest, and compares what CP-IS holds with what the rules ask for.</summary>
    public async Task ComeToRestAsync()
    {
        Clock.Now += TimeSpan.FromMinutes(7);
        DeliverLate(DateTimeOffset.MaxValue);
        TakeAll(confirm: true);
        Pass(3);

        // Whose visibility ends with this day still counts among two people with one number in the night that lets go of it (rule N6).
        await NightAsync([]);
        TakeAll(confirm: true);
        Clock.Now += TimeSpan.FromHours(1);
        for (var night = 1; await NightAsync([]) > 0; night++)
        {
            TakeAll(confirm: true);
            Clock.Now += TimeSpan.FromHours(1);
            if (night == 4)
            {
                Broken("after four nights on which all was answered and nothing changed it still sends");
            }
        }

        Clock.Now += TimeSpan.FromHours(1);
        if (await NightAsync([]) > 0)
        {
            Broken("a quiet night sends something");
        }

        LookForDrift();
        // A removal that was lost, and is no longer due, may not have come: for the engine the record stands.
        var doubtful = History.GroupBy(t => t.Key).Where(g => g.Last() is { IsRemoval: true } last && !_answered.ContainsKey(last.File))
            .Select(g => g.LastOrDefault(t => !t.IsRemoval && Was(t))).OfType<Told>();
        var rules = Now(CpIs.Shows(Today).Concat(doubtful));
        var shown = CpIs.Shows(Today).ToList();
        foreach (var wish in rules.Wishes.Where(w => w.Reason is null && !WasRefused(w) && !WaitsForFault(w, shown, rules) && !WaitsForBorn(w, shown, rules)))
        {
            var held = CpIs.Holds.GetValueOrDefault(wish.Key!);
            if (held?.Content != wish.Content && !MayHaveMissedTheAnswer(wish, held))
            {
                Broken($"{wish.Holder} {wish.Type} {wish.Start:yyyy-MM-dd}..{wish.End:yyyy-MM-dd} of {string.Join('+', wish.Rows)} should be on CP-IS, which has {held?.ToString() ?? "nothing"}{(held is not null && held.Content with { End = wish.End } != wish.Content ? " with other details" : string.Empty)}");
            }
        }

        foreach (var told in shown.Where(t => !MayStay(t, shown, rules)))
        {
            Broken($"CP-IS shows {told}, and nothing says why");
        }
    }

    private void LookForDrift()
    {
        if (_decidedOnly is not null)
        {
            return;
        }

        var findings = Directory.GetFiles(Path.Combine(Data, "runs"), "findings.csv", SearchOption.AllDirectories).MaxBy(File.GetLastWriteTimeUtc);
        if (findings is null || File.ReadLines(findings).FirstOrDefault(l => l.Contains("drift", StringComparison.Ordinal)) is not null)
        {
            Broken("reconcile finds drift after a quiet night");
        }
    }

    /// <summary>
    /// What was told last was lost as far as anybody knows, and what was confirmed before is wanted again: by the letter of rule U9 that is
    /// compared, and nothing is sent.
    /// </summary>
    private bool MayHaveMissedTheAnswer(Wish wish, Told? held) =>
        held is not null && !_answered.ContainsKey(held.File)
        && History.LastOrDefault(t => t.Key == wish.Key && Was(t) && _answered.ContainsKey(t.File)) is { IsRemoval: false } confirmed && confirmed.Content == wish.Content;

    /// <summary>
    /// The record stays longer than the children still unborn ask for, because it shows a born one too who has none of their own (rule S9).
    /// </summary>
    private bool WaitsForBorn(Wish wish, List<Told> shown, Rules rules)
    {
        if (wish.Type != "UCPP" || CpIs.Holds.GetValueOrDefault(wish.Key!) is not { } held || !(held.Content.End > wish.End))
        {
            return false;
        }

        var isSoonHidden = Rules.Until("UCPP", wish.End) <= Today.AddDays(2);
        var born = held.Rows.Where(r => rules.State(r) == RowState.Good && !Council.People[rules.PersonOf(r)].Unborn && (isSoonHidden || !wish.Rows.Contains(r))).ToList();
        return rules.Wishes.Any(w => w.Type == "CPP" && w.DateReason != "ended-before-birth" && w.MadeOf(born) && !shown.Exists(t => t.Key == w.Key));
    }

    /// <summary>What is held of its rows stands, because another of them has a fault (rule U3).</summary>
    private bool WaitsForFault(Wish wish, List<Told> shown, Rules rules)
    {
        var touched = new HashSet<string>(wish.Rows, StringComparer.Ordinal);
        while (true)
        {
            var more = shown.Where(t => (t.Key.Type == "LAC") == (wish.Type == "LAC") && t.Rows.Any(touched.Contains)).SelectMany(t => t.Rows)
                .Concat(rules.Wishes.Where(w => (w.Type == "LAC") == (wish.Type == "LAC") && w.MadeOf(touched)).SelectMany(w => w.Rows)).ToList();
            if (more.TrueForAll(touched.Contains))
            {
                return shown.Exists(t => t.Rows.Any(r => touched.Contains(r) && (rules.IsFaulty(r, t.Key.Type, t.Rows) || IsUnread(t, rules))));
            }

            touched.UnionWith(more);
        }
    }

    /// <summary>A row is missing, but may be among those that cannot be read (rule S16).</summary>
    private bool IsUnread(Told told, Rules rules) =>
        told.Rows.Any(r => rules.State(r) == RowState.Gone) && told.Children.Append(told.Content.Holder).Any(Council.HasUnreadable);

    private bool MayStay(Told told, List<Told> shown, Rules rules)
    {
        var wishes = rules.Wishes.Where(w => (w.Type == "LAC") == (told.Key.Type == "LAC") && w.MadeOf(told.Rows)).ToList();
        if (told.Key.Type == "UCPP" && wishes.Exists(w => w.Type == "UCPP"))
        {
            wishes.RemoveAll(w => w.Type != "UCPP");
        }

        if (rules.Wishes.Any(w => w.Key == told.Key && (w.Reason is null || w.NumberReason is not null || w.DateReason == "aged-18"))
            || told.Rows.Any(r => rules.IsFaulty(r, told.Key.Type, told.Rows))
            || IsUnread(told, rules)
            || wishes.Exists(w => (w.NumberReason is not null && (w.DateReason != "retention-expired" || w.NumberReason is "nhs-number-duplicate" or "nhs-number-inactive")) || (w.DateReason == "ended-before-birth" && Rules.Until("CPP", w.End) >= Today))
            || WaitsBehind(told, shown, rules)
            || _inactive.Contains(told.Key.Number)
            || _letGo.Contains((told.Key, told.File))
            || (told.Key.Type != "UCPP" && Rules.IsAdult(Council.Find(told.Content.Holder)?.Born, Today))
            || (Newest(told.Key) is { } newest && _refused.ContainsKey((newest.File, newest.Position))))
        {
            return true;
        }

        if (told.Rows.All(r => rules.State(r) == RowState.Gone))
        {
            // Rule U10, and the number that somebody else has now (rule N6).
            return shown.Count(t => t.Rows.All(r => rules.State(r) == RowState.Gone)) > MaxVanished
                || Council.Plans.Values.All(p => p.Gone) || Council.People.Values.All(p => p.Gone) || rules.Shared.Contains(told.Key.Number);
        }

        return told.Key.Type == "UCPP" && IsRightAfterBirth(told, wishes, shown, rules);
    }

    private bool WaitsBehind(Told told, List<Told> shown, Rules rules) =>
        rules.Wishes.Any(w => (w.Key == told.Key || w.MadeOf(told.Rows)) && WaitsForFault(w, shown, rules));

    /// <summary>Rule S9: as last told until the last of the born children has a record of its own, then ended with the birth.</summary>
    private bool IsRightAfterBirth(Told told, List<Wish> wishes, List<Told> shown, Rules rules)
    {
        var born = told.Rows.Where(r => rules.State(r) == RowState.Good && !Council.People[rules.PersonOf(r)].Unborn
            && !wishes.Exists(w => w.Type == "UCPP" && w.DateReason != "retention-expired" && w.Rows.Contains(r))).ToList();
        if (born.Count == 0)
        {
            return false;
        }

        var awaited = rules.Wishes.Where(w => w.Type == "CPP" && w.DateReason != "ended-before-birth" && w.MadeOf(born)).ToList();
        var mother = born.Select(r => Council.Find(Council.People[rules.PersonOf(r)].Mother)).FirstOrDefault(m => m is not null) ?? Council.Find(told.Content.Holder);
        if (awaited.Count == 0 || !awaited.TrueForAll(w => shown.Exists(t => t.Key == w.Key)))
        {
            return mother is null || Rules.Valid(mother.Number) is not { } number || number == told.Key.Number || rules.Shared.Contains(number) || _inactive.Contains(number);
        }

        if (wishes.Exists(w => w.Type == "UCPP"))
        {
            return false;
        }

        return told.Content.End == EndAtBirth(told.Key.Start, born, rules)
            || mother is null || Rules.Valid(mother.Number) is not { } now || rules.Shared.Contains(now) || _inactive.Contains(now)
            || mother.Family is null || mother.Given is null || mother.Born is null;
    }
}
