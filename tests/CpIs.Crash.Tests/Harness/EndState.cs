using System.Globalization;
using System.Text.RegularExpressions;

namespace CpIs.Crash.Tests.Harness;

/// <summary>
/// What a history ended in, without what may differ: ids of runs, times of day, and the numbers of files, which are replaced by the
/// place of the file among those delivered. An alert about rows that cannot be read is one of its run (rule S16): of a night's runs the
/// last one's counts, and one that broke off must have left none open.
/// </summary>
public static partial class EndState
{
    private static readonly (string Name, string Sql)[] s_tables =
    [
        ("ledger", "SELECT nhs_number, plan_type, start_date, holder_id, state, printf('%06d', last_file_number), last_record_number, printf('%06d', confirmed_file_number), printf('%06d', lapsed_after_file), lapsed_on FROM cpis_ledger"),
        ("lapse", "SELECT nhs_number, plan_type, start_date, printf('%06d', lapsed_after_file), lapsed_on FROM cpis_lapse"),
        ("told", """
            SELECT printf('%06d', r.file_number), r.record_number, r.nhs_number, r.plan_type, r.start_date, r.decision, r.reason, r.is_removal, r.end_date, r.family_name, r.given_name, r.birth_date,
                   r.local_person_id, r.delete_date, r.visible_until, r.end_is_forecast, r.source_ids, r.child_ids, r.cause, r.changed_at, r.outcome, r.answer_code, r.answer_detail
            FROM cpis_file_record r WHERE r.told_at IS NOT NULL
            """),
        ("child", "SELECT c.person_id, printf('%06d', c.file_number), c.record_number FROM cpis_file_record_child c JOIN cpis_file_record r USING (file_number, record_number) WHERE r.told_at IS NOT NULL"),
        ("file", "SELECT printf('%06d', file_number), format, record_count, status, attempts > 0, is_refused, duplicate_risk, answered_at IS NOT NULL, answer_codes, outcome FROM cpis_file WHERE status <> 'void'"),
        ("audit", """
            SELECT access_id, person_id, nhs_number, accessed_at, accessed_by, job_role, organisation_code, organisation_name, upload_file_number, query_id, through_mother, dedupe_key, given_number,
                   given_local_id, matched_at IS NOT NULL, pattern_pending, inbound_id FROM cpis_access_audit
            """),
        ("alert", """
            SELECT alert_type, person_id, recipient_kind, recipient_id, issued_on, due_on, subject, description, status, completed_by, first_issued_on, days_outstanding, cause, stands_in_for, inbound_id,
                   closed_by_engine, is_settled FROM cpis_alert
            WHERE alert_type <> 'bad-source-row' OR raised_by_run IN
                (SELECT run_id FROM cpis_run r WHERE status = 'done' AND NOT EXISTS (SELECT 1 FROM cpis_run l WHERE l.as_of = r.as_of AND l.run_number > r.run_number))
              OR (status = 'open' AND raised_by_run IN (SELECT run_id FROM cpis_run WHERE status <> 'done'))
            """),
        ("inbound", "SELECT inbound_id, format, kind, status, is_released, is_filed, CAST(content AS TEXT) FROM cpis_inbound"),
        ("delivery", "SELECT inbound_id, item_name FROM cpis_delivery"),
        ("quarantine", "SELECT inbound_id, is_whole, reason, resolved_at IS NOT NULL FROM cpis_quarantine"),
        ("inactive", "SELECT nhs_number, is_valid, replacements, inbound_id FROM cpis_inactive_number"),
        ("answer", "SELECT inbound_id, printf('%06d', file_number), given_number, codes, effect, is_first, is_complete FROM cpis_answer"),
    ];

    public static IReadOnlyList<string> Of(Database database, OtherSide other, string data)
    {
        var places = other.Files.Select((f, i) => (f.Number, Place: i + 1)).ToDictionary(f => f.Number, f => string.Create(CultureInfo.InvariantCulture, $"<file {f.Place}>"));
        var lines = new List<string>();
        foreach (var (name, sql) in s_tables)
        {
            lines.AddRange(database.Rows(sql).Select(r => Plain($"{name}: {string.Join(" | ", r)}", places)).Order(StringComparer.Ordinal));
        }

        lines.AddRange(other.Files.SelectMany((f, i) => f.Records.Select((r, n) => $"delivered: <file {i + 1}> {n + 1} {r.Line}")));
        lines.AddRange(other.Held.Select(h => $"held: {h.Key}: {h.Value}"));
        foreach (var folder in new[] { "archive", "quarantine", other.InName })
        {
            // What lies in archive/received is one note for each run.
            lines.AddRange(FilesBelow(Path.Combine(data, folder)).Where(f => !f.StartsWith("received", StringComparison.Ordinal)).Select(f => $"on disk: {folder}/{(f.StartsWith("sent", StringComparison.Ordinal) ? Plain(f, places) : f)}"));
        }

        return lines;
    }

    /// <summary>What must hold whenever no run is at work; the names of temporary files only once a run has ended.</summary>
    public static IEnumerable<string> Faults(Database database, OtherSide other, string data, bool runEnded)
    {
        var files = database.Rows("SELECT file_number, status, record_count, path, sha256, (SELECT COUNT(*) FROM cpis_file_record r WHERE r.file_number = f.file_number) FROM cpis_file f")
            .ToDictionary(r => long.Parse(r[0], CultureInfo.InvariantCulture));
        var highest = database.Rows("SELECT COALESCE(MAX(last_number), 0) FROM cpis_sequence")[0][0];
        if (files.Count > 0 && files.Keys.Max() > long.Parse(highest, CultureInfo.InvariantCulture))
        {
            yield return "The sequence is behind the highest file.";
        }

        foreach (var (number, row) in files.Where(f => f.Value[1] != "void"))
        {
            var path = Path.Combine(data, row[3]);
            if (!File.Exists(path) || Hash(path) != row[4])
            {
                yield return $"File {number} is {row[1]} and its payload is missing or another.";
            }

            if (row[2] != row[5])
            {
                yield return $"File {number} is {row[1]} with {row[2]} records and has {row[5]} rows.";
            }
        }

        foreach (var payload in FilesBelow(Path.Combine(data, "runs")).Where(f => Path.GetFileName(f).StartsWith("upload-", StringComparison.Ordinal)))
        {
            var number = long.Parse(Digits().Match(Path.GetFileName(payload)).Value, CultureInfo.InvariantCulture);
            if (!files.ContainsKey(number))
            {
                yield return $"{payload} has no row.";
            }
        }

        foreach (var file in other.Files)
        {
            if (!files.TryGetValue(file.Number, out var row) || row[1] is not ("sending" or "sent") || row[5] != file.Records.Count.ToString(CultureInfo.InvariantCulture))
            {
                yield return $"File {file.Number} was delivered with {file.Records.Count} records, and its row is {(row is null ? "missing" : string.Join(' ', row))}.";
            }
        }

        if (!runEnded)
        {
            yield break;
        }

        foreach (var left in Directory.EnumerateFileSystemEntries(data, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
                     .Where(f => Path.GetFileName(f).StartsWith('.') || f.EndsWith(".tmp", StringComparison.Ordinal) || f.Contains("staging/", StringComparison.Ordinal)))
        {
            yield return $"{Path.GetRelativePath(data, left)} was left.";
        }

        foreach (var run in database.Rows("SELECT run_id, status FROM cpis_run WHERE status = 'running' UNION ALL SELECT run_id, status FROM cpis_step WHERE status = 'running'"))
        {
            yield return $"Run {run[0]} still counts as running.";
        }
    }

    /// <summary>The lines that only one of them has.</summary>
    public static IReadOnlyList<string> Difference(IReadOnlyList<string> expected, IReadOnlyList<string> actual)
    {
        var left = expected.GroupBy(l => l, StringComparer.Ordinal).ToDictionary(g => g.Key, g => g.Count(), StringComparer.Ordinal);
        foreach (var line in actual)
        {
            left[line] = left.GetValueOrDefault(line) - 1;
        }

        return [.. left.Where(l => l.Value != 0).Select(l => (l.Value > 0 ? "missing: " : "too many: ") + l.Key).Order(StringComparer.Ordinal)];
    }

    private static IEnumerable<string> FilesBelow(string folder) => Directory.Exists(folder)
        ? Directory.EnumerateFiles(folder, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).Select(f => Path.GetRelativePath(folder, f)).Order(StringComparer.Ordinal)
        : [];

    private static string Hash(string path) => Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(path)));

    private static string Plain(string line, Dictionary<long, string> places)
    {
        line = RunId().Replace(line, "<run>");
        line = SixDigits().Replace(line, m => places.TryGetValue(long.Parse(m.Value, CultureInfo.InvariantCulture), out var place) ? place : m.Value);
        line = ListOfFiles().Replace(line, m => string.Join(", ", m.Value.Split(", ").Order(StringComparer.Ordinal)));
        return line.StartsWith("alert: no-acknowledgement", StringComparison.Ordinal) ? TimeOfDay().Replace(line, "<time>") : line;
    }

    [GeneratedRegex("[0-9]{8}-[0-9]{6}-[0-9a-f]{6}", RegexOptions.CultureInvariant)]
    private static partial Regex RunId();

    [GeneratedRegex("(?<![0-9])[0-9]{6}(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex SixDigits();

    [GeneratedRegex("<file [0-9]+>(?:, <file [0-9]+>)+", RegexOptions.CultureInvariant)]
    private static partial Regex ListOfFiles();

    [GeneratedRegex("[0-9]{1,2}:[0-9]{2}", RegexOptions.CultureInvariant)]
    private static partial Regex TimeOfDay();

    [GeneratedRegex("[0-9]+", RegexOptions.CultureInvariant)]
    private static partial Regex Digits();
}
