using System.Globalization;
using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CsvHelper;
using CsvHelper.Configuration;

namespace CpIs.Batch.Tests;

/// <summary>The rows of a folder in the form of contract section 3, read without any code of the engine.</summary>
internal sealed class CareRows
{
    private CareRows(string folder)
    {
        People = [.. Read(folder, "person.csv").Select(r => new Person(
            r["person_id"]!, r["nhs_number"], r["family_name"], r["given_names"], Date(r["date_of_birth"]), r["is_unborn"] == "1",
            Date(r["expected_date_of_birth"]), r["mother_person_id"], r["worker_id"], r["manager_id"], r["team"], Time(r["changed_at"])))];
        Plans = [.. Read(folder, "plan.csv").Select(r => new Plan(
            r["plan_id"]!, r["person_id"]!, Date(r["start_date"]), Date(r["end_date"]), r["held_by_other_authority"] == "1", r["recorded_in_error"] == "1", Time(r["changed_at"])))];
        Statuses = [.. Read(folder, "legal_status.csv").Select(r => new LegalStatus(
            r["legal_status_id"]!, r["person_id"]!, r["code"]!, Date(r["start_date"]), Date(r["end_date"]), r["recorded_in_error"] == "1", Time(r["changed_at"])))];
        Workers = [.. Read(folder, "worker.csv").Select(r => new Worker(r["worker_id"]!, r["name"], r["email"], r["is_active"] == "1"))];
        ById = People.ToDictionary(p => p.PersonId, StringComparer.Ordinal);
    }

    public IReadOnlyList<Person> People { get; }

    public IReadOnlyList<Plan> Plans { get; }

    public IReadOnlyList<LegalStatus> Statuses { get; }

    public IReadOnlyList<Worker> Workers { get; }

    public IReadOnlyDictionary<string, Person> ById { get; }

    public static CareRows Of(string folder) => new(folder);

    /// <summary>Cells by column name; an empty one is null.</summary>
    public static List<Dictionary<string, string?>> Read(string folder, string file)
    {
        using var text = new StreamReader(Path.Combine(folder, file));
        using var csv = new CsvReader(text, new CsvConfiguration(CultureInfo.InvariantCulture) { MissingFieldFound = null });
        csv.Read();
        csv.ReadHeader();
        var rows = new List<Dictionary<string, string?>>();
        while (csv.Read())
        {
            rows.Add(csv.HeaderRecord!.ToDictionary(c => c, c => csv[c] is { Length: > 0 } cell ? cell : null, StringComparer.Ordinal));
        }

        return rows;
    }

    public Person? MotherOf(Person child) => child.MotherPersonId is { } id && ById.TryGetValue(id, out var mother) ? mother : null;

    public IEnumerable<Plan> PlansOf(Person person) => Plans.Where(p => p.PersonId == person.PersonId);

    public IEnumerable<LegalStatus> StatusesOf(Person person) => Statuses.Where(s => s.PersonId == person.PersonId);

    public static bool HasUsableNumber(Person person) => NhsNumber.TryParse(person.NhsNumber, out _);

    private static DateOnly? Date(string? text) => text is null ? null : DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static DateTimeOffset? Time(string? text) =>
        text is null ? null : DateTimeOffset.ParseExact(text, "yyyy-MM-dd'T'HH:mm:ss.FFF'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
