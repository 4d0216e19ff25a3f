using System.Globalization;
using Microsoft.Data.Sqlite;

namespace CpIs.Model.Tests;

/// <summary>A row of the care database; <see cref="Gone"/> and <see cref="Unreadable"/> can be taken back.</summary>
internal abstract class CareRow
{
    public required string Id { get; init; }

    public DateTimeOffset Changed { get; set; }

    /// <summary>The row is no longer in its view.</summary>
    public bool Gone { get; set; }

    /// <summary>A cell of the row holds something that is no value of its column; its ids can still be read (rule S16).</summary>
    public bool Unreadable { get; set; }
}

internal sealed class PersonRow : CareRow
{
    public string? Number { get; set; }

    public string? Family { get; set; } = "Sample";

    public string? Given { get; set; } = "Alex";

    public DateOnly? Born { get; set; }

    public bool Unborn { get; set; }

    public DateOnly? Expected { get; set; }

    public string? Mother { get; set; }

    public string? Worker { get; set; } = "W1";

    public string? Manager { get; set; } = "M1";
}

internal sealed class PlanRow : CareRow
{
    public required string Person { get; init; }

    public DateOnly? Start { get; set; }

    public DateOnly? End { get; set; }

    public bool OtherAuthority { get; set; }

    public bool InError { get; set; }
}

internal sealed class StatusRow : CareRow
{
    public required string Person { get; init; }

    public required string Code { get; set; }

    public DateOnly? Start { get; set; }

    public DateOnly? End { get; set; }

    public bool InError { get; set; }
}

/// <summary>The council's care database, kept in memory and written into the embedded one before each run.</summary>
internal sealed class Council
{
    public const string Team = "North";

    public Dictionary<string, PersonRow> People { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, PlanRow> Plans { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, StatusRow> Statuses { get; } = new(StringComparer.Ordinal);

    public Dictionary<string, bool> WorkerIsActive { get; } = new(StringComparer.Ordinal) { ["W1"] = true, ["W2"] = true, ["M1"] = true, ["M2"] = true };

    /// <summary>The person row if it is in its view and can be read.</summary>
    public PersonRow? Find(string? id) => id is not null && People.GetValueOrDefault(id) is { Gone: false, Unreadable: false } person ? person : null;

    public bool HasRows(string person) =>
        Plans.Values.Any(p => p.Person == person && p is { Gone: false, Unreadable: false })
        || Statuses.Values.Any(s => s.Person == person && s is { Gone: false, Unreadable: false });

    /// <summary>True when a row of this person is there and cannot be read.</summary>
    public bool HasUnreadable(string person) =>
        People.GetValueOrDefault(person) is { Gone: false, Unreadable: true }
        || Plans.Values.Any(p => p.Person == person && p is { Gone: false, Unreadable: true })
        || Statuses.Values.Any(s => s.Person == person && s is { Gone: false, Unreadable: true });

    public PersonRow Person(string id, string? number, string? born, string? mother = null, string? expected = null, string manager = "M1") =>
        People[id] = new PersonRow
        {
            Id = id, Number = number, Born = DayOrNull(born), Unborn = born is null, Expected = DayOrNull(expected), Mother = mother, Manager = manager,
            Changed = DateTimeOffset.UnixEpoch,
        };

    public PlanRow Plan(string id, string person, string start, string? end = null) =>
        Plans[id] = new PlanRow { Id = id, Person = person, Start = Day(start), End = DayOrNull(end), Changed = DateTimeOffset.UnixEpoch };

    public StatusRow Status(string id, string person, string code, string start, string? end = null) =>
        Statuses[id] = new StatusRow { Id = id, Person = person, Code = code, Start = Day(start), End = DayOrNull(end), Changed = DateTimeOffset.UnixEpoch };

    /// <summary>Replaces all rows of the embedded care tables.</summary>
    public void WriteTo(SqliteConnection connection)
    {
        using var transaction = connection.BeginTransaction();
        Execute("DELETE FROM care_person", []);
        Execute("DELETE FROM care_plan", []);
        Execute("DELETE FROM care_legal_status", []);
        Execute("DELETE FROM care_worker", []);
        foreach (var p in People.Values.Where(p => !p.Gone))
        {
            Execute(
                "INSERT INTO care_person VALUES (@0, @1, @2, @3, @4, @5, @6, @7, @8, @9, @10, @11)",
                [p.Id, p.Number, p.Family, p.Given, p.Unreadable ? "soon" : Text(p.Born), Text(p.Unborn), Text(p.Expected), p.Mother, p.Worker, p.Manager, Team, Text(p.Changed)]);
        }

        foreach (var p in Plans.Values.Where(p => !p.Gone))
        {
            Execute(
                "INSERT INTO care_plan VALUES (@0, @1, @2, @3, @4, @5, @6)",
                [p.Id, p.Person, p.Unreadable ? "soon" : Text(p.Start), Text(p.End), Text(p.OtherAuthority), Text(p.InError), Text(p.Changed)]);
        }

        foreach (var s in Statuses.Values.Where(s => !s.Gone))
        {
            Execute(
                "INSERT INTO care_legal_status VALUES (@0, @1, @2, @3, @4, @5, @6)",
                [s.Id, s.Person, s.Code, s.Unreadable ? "soon" : Text(s.Start), Text(s.End), Text(s.InError), Text(s.Changed)]);
        }

        foreach (var (id, active) in WorkerIsActive)
        {
            Execute("INSERT INTO care_worker VALUES (@0, @1, NULL, @2)", [id, "Name of " + id, Text(active)]);
        }

        transaction.Commit();

        void Execute(string sql, string?[] values)
        {
            using var command = connection.CreateCommand();
            command.CommandText = sql;
            for (var i = 0; i < values.Length; i++)
            {
                command.Parameters.AddWithValue("@" + i.ToString(CultureInfo.InvariantCulture), (object?)values[i] ?? DBNull.Value);
            }

            command.ExecuteNonQuery();
        }
    }

    public static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    public static DateOnly? DayOrNull(string? text) => text is null ? null : Day(text);

    private static string Text(bool value) => value ? "1" : "0";

    private static string? Text(DateOnly? day) => day?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Text(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
