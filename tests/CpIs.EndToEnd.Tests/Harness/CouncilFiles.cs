namespace CpIs.EndToEnd.Tests.Harness;

/// <summary>The care data of a test, as the four CSV files of the contract.</summary>
public sealed class CouncilFiles
{
    private static readonly string[] s_personColumns =
    [
        "person_id", "nhs_number", "family_name", "given_names", "date_of_birth", "is_unborn", "expected_date_of_birth", "mother_person_id",
        "worker_id", "manager_id", "team", "changed_at",
    ];

    private static readonly string[] s_planColumns =
        ["plan_id", "person_id", "start_date", "end_date", "held_by_other_authority", "recorded_in_error", "changed_at"];

    private static readonly string[] s_statusColumns =
        ["legal_status_id", "person_id", "code", "start_date", "end_date", "recorded_in_error", "changed_at"];

    private static readonly string[] s_workerColumns = ["worker_id", "name", "email", "is_active"];

    public CouncilFiles(string folder)
    {
        Folder = folder;
        Worker("W1", "Wanda Worker");
        Worker("M1", "Mary Manager");
    }

    public string Folder { get; }

    public Dictionary<string, Dictionary<string, string?>> People { get; } = [];

    public Dictionary<string, Dictionary<string, string?>> Plans { get; } = [];

    public Dictionary<string, Dictionary<string, string?>> Statuses { get; } = [];

    public Dictionary<string, Dictionary<string, string?>> Workers { get; } = [];

    public Dictionary<string, string?> Person(string id, string? number, string family, string given, string? born, string changed = "2026-01-05T09:00:00Z") =>
        People[id] = Row(s_personColumns, id, number, family, given, born, "0", null, null, "W1", "M1", "North", changed);

    public Dictionary<string, string?> Unborn(string id, string? mother, string? expected, string changed = "2026-01-05T09:00:00Z") =>
        People[id] = Row(s_personColumns, id, null, "Baby", "Unborn", null, "1", expected, mother, "W1", "M1", "North", changed);

    public Dictionary<string, string?> Plan(string id, string person, string? start, string? end = null, string changed = "2026-01-05T09:00:00Z") =>
        Plans[id] = Row(s_planColumns, id, person, start, end, "0", "0", changed);

    public Dictionary<string, string?> Status(string id, string person, string code, string? start, string? end = null, string changed = "2026-01-05T09:00:00Z") =>
        Statuses[id] = Row(s_statusColumns, id, person, code, start, end, "0", changed);

    public Dictionary<string, string?> Worker(string id, string name, bool active = true) =>
        Workers[id] = Row(s_workerColumns, id, name, $"{id}@example.org", active ? "1" : "0");

    public void Write()
    {
        Directory.CreateDirectory(Folder);
        Write("person.csv", s_personColumns, People.Values);
        Write("plan.csv", s_planColumns, Plans.Values);
        Write("legal_status.csv", s_statusColumns, Statuses.Values);
        Write("worker.csv", s_workerColumns, Workers.Values);
    }

    private void Write(string file, string[] columns, IEnumerable<Dictionary<string, string?>> rows) =>
        CsvTable.Write(Path.Combine(Folder, file), columns, rows.Select(r => columns.Select(c => r[c])));

    private static Dictionary<string, string?> Row(string[] columns, params string?[] cells) =>
        columns.Zip(cells).ToDictionary(p => p.First, p => p.Second);
}

/// <summary>Valid NHS numbers of the 999 range, worked out here by modulus 11.</summary>
public static class Numbers
{
    /// <summary>The n-th valid number from 9990100000 on.</summary>
    public static string Of(int n)
    {
        for (var stem = 999010000L; ; stem++)
        {
            var digits = stem.ToString(System.Globalization.CultureInfo.InvariantCulture);
            var sum = digits.Select((c, i) => (c - '0') * (10 - i)).Sum();
            var check = (11 - (sum % 11)) % 11;
            if (check < 10 && n-- == 0)
            {
                return digits + check;
            }
        }
    }
}
