using System.Globalization;
using System.Text.Json;
using Shouldly;

namespace CpIs.EndToEnd.Tests.Harness;

/// <summary>
/// A council in whose nights everything happens that a database can lose: all kinds of decisions, answers, accesses, an inactive number,
/// something nobody can read. With what is needed to lose the database, and to compare it with one that was not lost.
/// </summary>
/// <param name="side">CP-IS, over a folder of its own.</param>
/// <param name="taken">That folder, in which it looks for uploads.</param>
public sealed class LosingCouncil(Cpis cpis, CpIsSide side, string taken)
{
    // Records that lapsed stand as last told until the next night.
    private const string Ledger = "SELECT nhs_number, plan_type, start_date, holder_id, state, last_file_number, last_record_number, confirmed_file_number FROM cpis_ledger WHERE holder_id <> 'P5' ORDER BY 1, 2, 3";

    private const string FullLedger = "SELECT nhs_number, plan_type, start_date, holder_id, state, last_file_number, last_record_number, confirmed_file_number, lapsed_after_file FROM cpis_ledger ORDER BY 1, 2, 3";

    private const string Records = """
        SELECT file_number, record_number, nhs_number, plan_type, start_date, decision, reason, end_date, family_name, given_name, birth_date, local_person_id, delete_date,
               visible_until, end_is_forecast, source_ids, child_ids, cause, changed_at, told_at, outcome, answer_code
        FROM cpis_file_record ORDER BY 1, 2
        """;

    private const string Files = "SELECT file_number, format, file_name, path, sha256, record_count, status, local_id, told_at, attempts, outcome FROM cpis_file WHERE status = 'sent' ORDER BY 1";
    private const string Audit = "SELECT person_id, nhs_number, accessed_at, accessed_by, organisation_code, upload_file_number, query_id, received_at, inbound_id FROM cpis_access_audit ORDER BY query_id, person_id";
    private const string Inactive = "SELECT nhs_number, replacements FROM cpis_inactive_number ORDER BY 1";

    // Those of lost messages are raised again with ids and dates of their own.
    private const string OpenAlerts = "SELECT alert_type, person_id, recipient_kind, recipient_id, subject FROM cpis_alert WHERE status = 'open' ORDER BY 1, 2, 3, 4, 5";

    /// <summary>Once CP-IS has its file of a night, the number of which is given: the transport keeps it no longer than it would.</summary>
    public Action<long> Taken { get; set; } = _ => { };

    /// <summary>What CP-IS has written is on its way to the council.</summary>
    public Action Posted { get; set; } = () => { };

    public void ThreeNights(Action<int> after)
    {
        People();
        cpis.Nightly("2026-03-10");
        Answer(1);
        after(1);
        Change(2);
        cpis.Nightly("2026-03-11", Cpis.DoneInAnyCase);
        Answer(2);
        after(2);
        Change(3);
        cpis.Nightly("2026-03-12", Cpis.DoneInAnyCase);
        after(3);
    }

    public void People()
    {
        var c = cpis.Source;
        c.Person("P1", Numbers.Of(1), "One", "Olive Ann", "2018-05-04");
        c.Plan("L1", "P1", "2026-01-15");
        c.Person("P2", Numbers.Of(2), "O'Two-Čech", "Toby", "2012-01-31");
        c.Status("S2", "P2", "C2", "2025-06-01");
        c.Person("P3", Numbers.Of(3), "Three", "Tess", "2020-02-29");
        c.Plan("L3", "P3", "2026-01-20");
        c.Person("P5", Numbers.Of(5), "Five", "Freya", "2016-08-08");
        c.Plan("L5", "P5", "2025-11-01", "2026-02-01");
        c.Person("P7", null, "Seven", "Sol, called \"Sunny\"", "2017-07-07");
        c.Plan("L7", "P7", "2026-02-02");
        c.Person("P9", Numbers.Of(9), "Mother", "Mia", "1995-09-09");
        c.Unborn("P8", "P9", "2026-06-01");
        c.Plan("L8", "P8", "2026-02-20");
    }

    public void Change(int night)
    {
        var c = cpis.Source;
        switch (night)
        {
            case 2:
                c.Plans["L1"]["end_date"] = "2026-03-10";
                c.People["P2"]["family_name"] = "Newname";
                c.Person("P6", Numbers.Of(6), "Six, the \"younger\"", "Sam", "2019-09-09");
                c.Plan("L6", "P6", "2026-03-09");
                break;
            case 3:
                c.Plans.Remove("L5");
                c.People["P3"]["nhs_number"] = Numbers.Of(33);
                break;
            default:
                c.People["P8"]["is_unborn"] = "0";
                c.People["P8"]["date_of_birth"] = "2026-03-12";
                c.People["P8"]["nhs_number"] = Numbers.Of(8);
                c.People["P6"]["family_name"] = "Changed";
                break;
        }
    }

    /// <summary>CP-IS takes and answers the file of a night, of which the run folder has the hl7v3 that the test reads, and somebody looks.</summary>
    public void Answer(int night)
    {
        var written = Directory.GetFiles(Path.Combine(cpis.Data, "runs"), $"upload-{night:D6}.xml", SearchOption.AllDirectories).Single();
        Directory.CreateDirectory(taken);
        File.Copy(written, Path.Combine(taken, Path.GetFileName(written)), overwrite: true);
        var records = side.Take(night);
        Taken(night);
        side.Acknowledge(night, "CPF03", [.. records.Select(r => (r, night == 2 && r.LocalId == "P2" ? "CPR03" : "CPR06"))]);
        side.Access(
            (Guid.NewGuid(), $"202603{10 + night}093000+0000", Numbers.Of(9), "P9", night, "Mia", "RMW"),
            (Guid.NewGuid(), $"202603{10 + night}013000+0000", Numbers.Of(2), "P2", night, "Nora", "RXX"),
            (Guid.NewGuid(), $"202603{10 + night}014500+0000", Numbers.Of(90 + night), null, night, "Nora", "RXX"));
        if (night == 2)
        {
            side.Inactive(Numbers.Of(5), "P5", 1);
            side.Put("access-broken.xml", "<File>");
        }

        Posted();
    }

    /// <summary>The fourth night, on the database as it is.</summary>
    public FourthNight Fourth()
    {
        Change(4);
        var night = cpis.Nightly("2026-03-13", Cpis.DoneInAnyCase);
        return new FourthNight(
            [.. night.Json.GetProperty("files").EnumerateArray().Select(f => f.GetProperty("number").GetInt64())],
            [.. night.Decisions.Select(Cells)],
            [.. new[] { FullLedger, Audit, Inactive, OpenAlerts }.SelectMany(sql => cpis.Query(sql)).Select(Cells)]);
    }

    /// <summary>All that a recovery puts back, as it is before the next night.</summary>
    public IReadOnlyList<string> Snapshot() =>
        [.. new[] { Ledger, Records, Files, Audit, Inactive }.SelectMany(sql => cpis.Query(sql)).Select(Cells)];

    public long LastNumber() => long.Parse(
        cpis.Query("SELECT MAX(n) AS n FROM (SELECT 0 AS n UNION ALL SELECT last_number FROM cpis_sequence UNION ALL SELECT file_number FROM cpis_file) AS used")[0]["n"], CultureInfo.InvariantCulture);

    public void Backup() => cpis.BackUp("lost");

    /// <summary>The backup is the database from now on, with the care data of today.</summary>
    public void Restore()
    {
        cpis.Restore("lost");
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
    }

    public JsonElement Recover(int expectedExit, params string[] options)
    {
        var finished = cpis.Run(["db", "recover", "--json", .. options]);
        if (expectedExit != Cpis.DoneInAnyCase || finished.ExitCode is not (0 or 5))
        {
            finished.ShouldExit(expectedExit);
        }

        return JsonDocument.Parse(finished.Output).RootElement;
    }

    public JsonElement Recover(params string[] options) => Recover(Cpis.DoneInAnyCase, options);

    /// <summary>Keeps data folder and database as they are now, to be taken back with <see cref="TakeBack"/>.</summary>
    public string PutAside()
    {
        var aside = Path.Combine(cpis.Root, "aside");
        CopyFolder(cpis.Data, aside);
        cpis.BackUp("aside");
        return aside;
    }

    public void TakeBack(string aside)
    {
        Directory.Move(cpis.Data, Path.Combine(cpis.Root, "replaced"));
        CopyFolder(aside, cpis.Data);
        cpis.Restore("aside");
    }

    private static string Cells(IReadOnlyDictionary<string, string> row) => string.Join('|', row.Values);

    private static void CopyFolder(string from, string to)
    {
        foreach (var folder in Directory.GetDirectories(from, "*", SearchOption.AllDirectories).Prepend(from))
        {
            Directory.CreateDirectory(Path.Combine(to, Path.GetRelativePath(from, folder)));
        }

        foreach (var file in Directory.GetFiles(from, "*", SearchOption.AllDirectories))
        {
            File.Copy(file, Path.Combine(to, Path.GetRelativePath(from, file)));
        }
    }
}

/// <summary>What a night came to: numbers of its files, decisions, and rows of ledger, audit, inactive numbers and open alerts.</summary>
public sealed record FourthNight(IReadOnlyList<long> Files, IReadOnlyList<string> Decisions, IReadOnlyList<string> Rows)
{
    public void ShouldBeAs(FourthNight other)
    {
        Decisions.ShouldBe(other.Decisions);
        Files.ShouldBe(other.Files);
        Rows.ShouldBe(other.Rows);
    }
}
