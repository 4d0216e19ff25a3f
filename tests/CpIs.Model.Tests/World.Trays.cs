using System.Globalization;

namespace CpIs.Model.Tests;

/// <summary>Accesses, audit and work trays.</summary>
internal sealed partial class World
{
    private readonly List<Looked> _looked = [];
    private readonly HashSet<long> _matched = [];
    private readonly Dictionary<string, int> _accessAlerts = new(StringComparer.Ordinal);

    /// <summary>Accesses that a whole night has looked at for a pattern, by audit row and person.</summary>
    private readonly HashSet<string> _lookedAtForPattern = new(StringComparer.Ordinal);

    /// <summary>Numbers of which a message says that they are inactive, and that no whole night has read yet.</summary>
    private readonly List<string> _inactiveUnread = [];
    private long _lastAlert;
    private bool _brokeOff;

    /// <summary>A clinician looked at a record.</summary>
    /// <param name="Children">Whose plan it shows under this number that day: all of them must hear of it.</param>
    private sealed record Looked(Guid Query, string Number, string? LocalId, long File, Told Record, IReadOnlyList<string> Children, bool Quotes)
    {
        public bool IsSeen { get; set; }
    }

    private void Access(int a, int b, int c)
    {
        if (Shown(CpIs.Shows(Today), a) is { } told)
        {
            Look(told, b, 1 + (c % 3), 0);
        }
    }

    /// <summary>One record is looked at again and again, by one organisation or two, just inside a window of rule A7 or just outside.</summary>
    private void Accesses(int a, int b, int c)
    {
        // Who hears of an unborn child's record depends on the day of the access; of the others it does not.
        var mothers = History.Where(t => t.Key.Type == "UCPP").Select(t => t.Key.Number).ToHashSet(StringComparer.Ordinal);
        if (Shown(CpIs.Shows(Today).Where(t => t.Key.Type != "UCPP" && !mothers.Contains(t.Key.Number)), a) is not { } told)
        {
            return;
        }

        (int Organisation, int DaysAgo)[] looks = (c % 4) switch
        {
            0 => [(1, 29), (1, 0), (1, 0)],
            1 => [(1, 30), (1, 0), (1, 0)],
            2 => [(2, 6), (1, 0)],
            _ => [(2, 7), (1, 0)],
        };
        foreach (var (organisation, daysAgo) in looks)
        {
            Look(told, b, organisation, daysAgo);
        }
    }

    private Told? Shown(IEnumerable<Told> records, int a)
    {
        var shown = records.OrderBy(t => t.Key.Number, StringComparer.Ordinal).ThenBy(t => t.Key.Start).ThenBy(t => t.Key.Type, StringComparer.Ordinal).ToList();
        return shown.Count == 0 || _decidedOnly is not null ? null : Pick(shown, a);
    }

    private void Look(Told told, int b, int organisation, int daysAgo)
    {
        var quotes = b % 3 != 0;
        List<string> children =
        [
            .. CpIs.Shows(Today).Where(t => t.Key.Type == "UCPP" && t.Key.Number == told.Key.Number).SelectMany(t => t.Children).Distinct(),
            .. told.Key.Type == "UCPP" ? (string[])[] : [told.Content.Holder],
        ];
        _looked.Add(new Looked(
            new Guid(_looked.Count + 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), told.Key.Number, b % 3 == 2 ? told.Content.Holder : null, quotes ? told.File : 0, told, [.. children.Distinct()], quotes));
        Send(_looked[^1], organisation, daysAgo);
        Say($"{told.Content.Holder}'s {told.Key.Type} is accessed {daysAgo} days ago at organisation {organisation} ({(b % 3 == 2 ? "with" : "without")} local id, {(quotes ? "with" : "without")} file number)");
    }

    private void AccessAgain()
    {
        if (_looked.Count > 0 && _decidedOnly is null)
        {
            Send(_looked[^1], 1, 0);
            Say("the access is told once more");
        }
    }

    private void Stranger(int a)
    {
        if (_decidedOnly is not null)
        {
            return;
        }

        Put(_side.Access((new Guid(1_000_000 + _messages, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), When(1), Rules.Number(200 + a), null, 1, "Sam", "RX1")));
        Say("somebody is accessed whom the council does not know");
    }

    private void Send(Looked looked, int org, int daysAgo) =>
        Put(_side.Access((looked.Query, When(1, daysAgo), looked.Number, looked.LocalId, looked.File, "Nora", "RX" + org.ToString(CultureInfo.InvariantCulture))));

    private void Put(string path) => File.Move(path, Path.Combine(Inbox, NextName("access")));

    /// <summary>When the access was made; London's time, said with its offset.</summary>
    private string When(int hour, int daysAgo = 0) => Today.AddDays(-daysAgo).ToString("yyyyMMdd", CultureInfo.InvariantCulture) + hour.ToString("D2", CultureInfo.InvariantCulture) + "0000+0000";

    private List<string[]> Query(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<string[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? string.Empty : Convert.ToString(reader.GetValue(i), CultureInfo.InvariantCulture)!)]);
        }

        return rows;
    }

    /// <summary>Who hears of a person (rule A8).</summary>
    private List<string> Recipients(string personId)
    {
        var person = Council.Find(personId);
        var trays = new List<string>();
        if (person?.Worker is { } worker && Council.WorkerIsActive.GetValueOrDefault(worker))
        {
            trays.Add("worker " + worker);
        }

        if (person?.Manager is { } manager && Council.WorkerIsActive.GetValueOrDefault(manager))
        {
            if (!trays.Contains("worker " + manager))
            {
                trays.Add("manager " + manager);
            }

            if (trays.Exists(t => t.StartsWith("worker", StringComparison.Ordinal)))
            {
                return trays;
            }
        }

        trays.Add(person is null ? "role CP-IS duty" : "role CP-IS duty " + Council.Team);
        return trays;
    }

    private void LookAtAccesses(bool isWhole)
    {
        var audit = Query("SELECT access_id, person_id, query_id FROM cpis_access_audit ORDER BY access_id");
        foreach (var twice in audit.GroupBy(r => (r[1], r[2].ToUpperInvariant())).Where(g => g.Count() > 1))
        {
            Broken($"an access is on {twice.Key.Item1}'s file {twice.Count()} times (A3)");
        }

        foreach (var row in audit.Where(r => r[1].Length > 0 && _matched.Add(long.Parse(r[0], CultureInfo.InvariantCulture))))
        {
            foreach (var tray in Recipients(row[1]))
            {
                _accessAlerts[row[1] + " " + tray] = _accessAlerts.GetValueOrDefault(row[1] + " " + tray) + 1;
            }
        }

        Same(
            "access alerts",
            _accessAlerts.Select(x => $"{x.Key} {x.Value}"),
            Query("SELECT person_id, recipient_kind, recipient_id, COUNT(*) FROM cpis_alert WHERE alert_type = 'access' GROUP BY 1, 2, 3").Select(r => string.Join(' ', r)));

        foreach (var looked in isWhole ? _looked.Where(l => !l.IsSeen) : [])
        {
            looked.IsSeen = true;
            var reached = audit.Where(r => r[2].Equals(looked.Query.ToString(), StringComparison.OrdinalIgnoreCase)).Select(r => r[1]).ToList();
            var holder = looked.Record.Content.Holder;
            var another = Council.People.Values.Where(p => Council.Find(p.Id) is { Unborn: false } && Rules.Valid(p.Number) == looked.Number && p.Id != holder).Select(p => p.Id).ToList();

            // Without the holder in the care data, or with a number that is somebody else's now, the number leads elsewhere (rule A4).
            var isCertain = Council.Find(holder) is not null && (looked.Quotes || another.Count == 0);
            var must = looked.Children.Where(c => c != holder || isCertain).ToList();
            List<string> may =
            [
                holder, .. another, .. History.Where(t => t.Key.Number == looked.Number || t.Content.Holder == holder).SelectMany(t => t.Children.Append(t.Content.Holder)),
                .. Council.People.Values.Where(p => p.Mother == holder || another.Contains(p.Mother!)).Select(p => p.Id), string.Empty,
            ];
            if (must.Except(reached).Any() || reached.Except(may).Any() || reached.Count == 0)
            {
                Broken($"the access of {holder}'s {looked.Record.Key.Type} under #{looked.Number[^4..]} is on the files of [{string.Join(' ', reached)}], not of [{string.Join(' ', must)}] (A4)");
            }
        }
    }

    private void LookAtAlerts(bool isWhole, bool isRestricted)
    {
        foreach (var row in Query("SELECT alert_type, person_id, recipient_kind, recipient_id, COUNT(*) FROM cpis_alert WHERE status = 'open' GROUP BY 1, 2, 3, 4, cause HAVING COUNT(*) > 1"))
        {
            Broken($"an alert is open more than once: {string.Join(' ', row)}");
        }

        foreach (var row in Query("""
            SELECT alert_type, person_id, recipient_kind, recipient_id, COUNT(*) FROM cpis_alert
            WHERE alert_type IN ('access', 'access-pattern', 'upload-rejected', 'file-rejected', 'no-acknowledgement') GROUP BY 1, 2, 3, 4, cause HAVING COUNT(*) > 1
            """))
        {
            Broken($"an alert was raised more than once: {string.Join(' ', row)}");
        }

        if (!isWhole)
        {
            _brokeOff = true;
            return;
        }

        LookAtPatterns();
        LookAtInactive();
        _lastAlert = long.Parse(Query("SELECT COALESCE(MAX(alert_id), 0) FROM cpis_alert")[0][0], CultureInfo.InvariantCulture);
        _brokeOff = false;
        LookAtUnanswered();
        LookAtRefused();
        if (!isRestricted)
        {
            LookAtStanding();
        }
    }

    /// <summary>
    /// Three accesses in 30 days or two organisations in 7, a new access among them: each recipient hears of it once (rule A7).
    /// </summary>
    private void LookAtPatterns()
    {
        var audit = Query("SELECT access_id, person_id, substr(accessed_at, 1, 10), organisation_code FROM cpis_access_audit WHERE person_id IS NOT NULL");
        var expected = new List<string>();
        foreach (var ofOne in audit.GroupBy(r => r[1], StringComparer.Ordinal))
        {
            var accesses = ofOne.Select(r => (Day: Council.Day(r[2]).DayNumber, Organisation: r[3], IsNew: !_lookedAtForPattern.Contains(r[0] + " " + r[1]))).ToList();
            bool Has(int days, Func<List<string>, bool> isPattern) => accesses.Exists(last =>
                accesses.FindAll(a => a.Day <= last.Day && a.Day > last.Day - days) is var window && window.Exists(a => a.IsNew) && isPattern(window.ConvertAll(a => a.Organisation)));
            if (Has(30, w => w.Count >= 3) || Has(7, w => w.Distinct().Count() >= 2))
            {
                expected.AddRange(Recipients(ofOne.Key).Select(t => ofOne.Key + " " + t));
            }
        }

        _lookedAtForPattern.UnionWith(audit.Select(r => r[0] + " " + r[1]));
        var raised = Raised("access-pattern");

        // A night that broke off may have told them, and others may have the file since.
        Same("pattern alerts", _brokeOff ? Files(expected) : expected, _brokeOff ? Files(raised) : raised);
    }

    /// <summary>Whoever has a number that is inactive hears of it on their file, for a mother each of her unborn children; or a role does (rule A6).</summary>
    private void LookAtInactive()
    {
        var raised = Raised("nhs-number-inactive");
        foreach (var number in _inactiveUnread)
        {
            var files = Council.People.Values.Where(p => Council.Find(p.Id) is not null && Council.HasRows(p.Id) && Rules.Valid((p.Unborn ? Council.Find(p.Mother) : p)?.Number) == number).Select(p => p.Id);
            var missing = files.SelectMany(f => Recipients(f).Select(t => f + " " + t)).Except(raised).ToList();
            if (raised.Count == 0 || (missing.Count > 0 && !_brokeOff))
            {
                Broken($"number #{number[^4..]} is inactive, and nobody was told{(missing.Count > 0 ? $" as {missing[0]}" : string.Empty)} (A6)");
            }
        }

        _inactiveUnread.Clear();
    }

    /// <summary>What was raised since the last whole night, as file and tray.</summary>
    private List<string> Raised(string type) =>
        [.. Query(string.Create(CultureInfo.InvariantCulture, $"SELECT COALESCE(person_id, ''), recipient_kind, recipient_id FROM cpis_alert WHERE alert_type = '{type}' AND alert_id > {_lastAlert}")).Select(r => string.Join(' ', r))];

    private static IEnumerable<string> Files(IEnumerable<string> trays) => trays.Select(t => t.Split(' ')[0]).Distinct(StringComparer.Ordinal);

    /// <summary>A file that was not answered in time is chased, once (rules U9, K4).</summary>
    private void LookAtUnanswered()
    {
        var chased = Query("SELECT cause FROM cpis_alert WHERE alert_type = 'no-acknowledgement'").Select(r => long.Parse(r[0].Split(':')[1], CultureInfo.InvariantCulture)).ToList();
        var late = _handed.Where(f => !_answered.ContainsKey(f.Key) && Clock.Now - f.Value >= TimeSpan.FromHours(48)).Select(f => f.Key).ToList();
        if (late.Except(chased).ToList() is { Count: > 0 } forgotten)
        {
            Broken($"file {forgotten[0]} was never answered, and nobody was told");
        }
    }

    /// <summary>Of each record that was refused somebody is told, for each child (rule K1).</summary>
    private void LookAtRefused()
    {
        var told = Query("SELECT DISTINCT cause, person_id FROM cpis_alert WHERE alert_type = 'upload-rejected'").Select(r => string.Join(' ', r)).ToHashSet(StringComparer.Ordinal);
        foreach (var (file, position) in _refused.Keys.Where(r => _answersRead.Contains(r.File)))
        {
            if (_made[file][position - 1].Children.FirstOrDefault(c => !told.Contains($"record:{file:D6}:{position} {c}")) is { } child)
            {
                Broken($"record {position} of file {file} was refused, and nobody was told on {child}'s file");
            }
        }
    }

    /// <summary>Standing alerts (rules A5, S6, N6): each that is needed is open once for each recipient, and no other.</summary>
    private void LookAtStanding()
    {
        var (needed, possible) = NeededAndPossible();
        var open = Query("SELECT alert_type, person_id, recipient_kind, recipient_id, days_outstanding, first_issued_on FROM cpis_alert WHERE status = 'open' AND alert_type IN ('nhs-number-missing', 'expected-date-missing', 'nhs-number-duplicate')");
        var completedToday = Query($"SELECT alert_type, person_id, recipient_kind, recipient_id FROM cpis_alert WHERE completed_by = 'care' AND completed_at >= '{Today:yyyy-MM-dd}'")
            .Select(r => string.Join(' ', r)).ToHashSet(StringComparer.Ordinal);
        var wanted = needed.SelectMany(n => Recipients(n.Split(' ')[1]).Select(t => n + " " + t)).ToHashSet(StringComparer.Ordinal);
        var allowed = possible.SelectMany(n => Recipients(n.Split(' ')[1]).Select(t => n + " " + t)).ToHashSet(StringComparer.Ordinal);
        var trays = open.Select(r => string.Join(' ', r[..4])).ToList();
        if (wanted.Except(trays).Except(completedToday).ToList() is { Count: > 0 } missing)
        {
            Broken($"standing alert not open: {missing[0]}");
        }

        if (trays.Except(allowed).ToList() is { Count: > 0 } tooMany)
        {
            Broken($"standing alert open and not needed: {tooMany[0]}");
        }

        if (trays.Count != trays.Distinct().Count())
        {
            Broken("a standing alert is open twice");
        }

        if (open.Find(r => int.Parse(r[4], CultureInfo.InvariantCulture) != Today.DayNumber - Council.Day(r[5]).DayNumber) is { } wrong)
        {
            Broken($"{wrong[0]} {wrong[1]} has {wrong[4]} days outstanding since {wrong[5]}");
        }
    }

    private void LookAtNeeds(IReadOnlySet<string> found)
    {
        var (needed, possible) = NeededAndPossible();
        if (needed.Except(found).ToList() is { Count: > 0 } missing)
        {
            Broken($"standing alert not wanted: {missing[0]}");
        }

        if (found.Except(possible).ToList() is { Count: > 0 } tooMany)
        {
            Broken($"standing alert wanted and not needed: {tooMany[0]}");
        }
    }

    private (HashSet<string> Needed, HashSet<string> Possible) NeededAndPossible()
    {
        var needed = Needs(Now());
        var possible = Needs(Now(History.Where(t => !t.IsRemoval)));
        possible.UnionWith(needed);
        foreach (var told in History.Where(t => t.Rows.All(r => Council.Plans.GetValueOrDefault(r)?.Gone ?? Council.Statuses[r].Gone)))
        {
            // The holder of a record has gone and somebody else has the number.
            possible.UnionWith(told.Children.Select(c => "nhs-number-duplicate " + c));
        }

        return (needed, possible);
    }

    private HashSet<string> Needs(Rules rules)
    {
        var needs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var wish in rules.Wishes)
        {
            var type = wish.Reason switch
            {
                "nhs-number-missing" or "nhs-number-invalid" or "mother-not-linked" or "mother-nhs-number-missing" or "mother-nhs-number-invalid" => "nhs-number-missing",
                "nhs-number-duplicate" => "nhs-number-duplicate",
                _ => null,
            };
            if (type is not null)
            {
                needs.UnionWith(wish.Children.Where(c => wish.Type != "UCPP" || Council.People[c].Unborn).Select(c => type + " " + c));
            }
        }

        needs.UnionWith(Council.Plans.Values.Where(p => rules.State(p.Id) == RowState.NoExpectedDate).Select(p => "expected-date-missing " + p.Person));
        return needs;
    }

    private void Complete(int a)
    {
        if (_decidedOnly is not null)
        {
            return;
        }

        var open = Query("SELECT alert_id, alert_type, person_id FROM cpis_alert WHERE status = 'open' ORDER BY alert_id");
        if (open.Count == 0)
        {
            return;
        }

        var alert = Pick(open, a);
        Query(string.Create(CultureInfo.InvariantCulture, $"UPDATE cpis_alert SET status = 'completed', completed_by = 'care', completed_at = '{Clock.Now:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}' WHERE alert_id = {alert[0]}"));
        Say($"alert {alert[1]} of {alert[2]} is completed");
    }

    private void Same(string what, IEnumerable<string> expected, IEnumerable<string> found)
    {
        var (want, have) = (expected.Order(StringComparer.Ordinal).ToList(), found.Order(StringComparer.Ordinal).ToList());
        if (!want.SequenceEqual(have, StringComparer.Ordinal))
        {
            Broken($"{what}: expected but not there [{string.Join(", ", want.Except(have))}], there but not expected [{string.Join(", ", have.Except(want))}]");
        }
    }
}
