using System.Globalization;
using CpIs.Batch.Commands;
using CpIs.Batch.StandIn;
using CsvHelper;
using Dapper;
using Microsoft.Data.Sqlite;

namespace CpIs.Batch.Demo;

/// <summary>Reads what two nights left, as the council's people would: <c>decisions.csv</c> and the tables of the care system's work trays.</summary>
internal static class DemoReader
{
    private const string Decisions = "decisions.csv";
    private static readonly StandInSql s_sql = new("demo.sql");

    public static DemoNight NightOf(NightSummary night, SimulateResult answers)
    {
        var path = Path.Combine(night.TransformDir, Decisions);
        var rows = RowsOf(path);
        return new DemoNight(
            night.AsOf,
            night.RunId,
            rows.Where(r => r.Decision is "new" or "update" or "end" or "unchanged").CountBy(r => r.PlanType, StringComparer.Ordinal).ToDictionary(),
            rows.Where(r => r.Decision is "new" or "update" or "end" or "remove").CountBy(r => r.Decision, StringComparer.Ordinal).ToDictionary(),
            ReasonsOf(rows, "remove"),
            ReasonsOf(rows, "withheld"),
            [.. answers.Files.Select(f => f.FileCode)],
            night.MatchRate,
            path,
            [.. night.Files.Select(f => f.Path)]);
    }

    public static IReadOnlyList<DemoAlerts> AlertsIn(string database) =>
        [.. Read(database, c => c.Query<(string Type, string Kind, string Id, long Open)>(s_sql["alerts"]))
            .Select(r => new DemoAlerts(r.Type, r.Kind, r.Id, (int)r.Open))];

    public static IReadOnlyList<DemoAccess> AccessesIn(string database) =>
        [.. Read(database, c => c.Query<(string? PersonId, string At, string? By, string? Role, string? Organisation)>(s_sql["accesses"]))
            .Select(r => new DemoAccess(r.PersonId, DateTimeOffset.Parse(r.At, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal), r.By, r.Role, r.Organisation))];

    /// <summary>A worker's alert about a pattern of accesses, or null where there is none.</summary>
    public static DemoAlert? ExampleIn(string database) =>
        Read(database, c => c.Query<(string Subject, string Description, string Recipient)>(s_sql["example"], new { alertType = "access-pattern" }))
            .Select(r => new DemoAlert(r.Recipient, r.Subject, r.Description))
            .FirstOrDefault();

    private static IReadOnlyList<DemoReason> ReasonsOf(IEnumerable<DecisionRow> rows, string decision) =>
    [
        .. rows.Where(r => r.Decision == decision).GroupBy(r => r.Reason, StringComparer.Ordinal)
            .Select(g => new DemoReason(g.Key, g.Count(), g.First().PersonId))
            .OrderByDescending(r => r.Number).ThenBy(r => r.Reason, StringComparer.Ordinal),
    ];

    private static List<DecisionRow> RowsOf(string path)
    {
        using var text = new StreamReader(path);
        using var csv = new CsvReader(text, CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        var rows = new List<DecisionRow>();
        while (csv.Read())
        {
            rows.Add(new DecisionRow(csv.GetField("person_id")!, csv.GetField("plan_type")!, csv.GetField("decision")!, csv.GetField("reason")!));
        }

        return rows;
    }

    private static IEnumerable<T> Read<T>(string database, Func<SqliteConnection, IEnumerable<T>> query)
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = database, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        connection.Open();
        return query(connection);
    }

    private sealed record DecisionRow(string PersonId, string PlanType, string Decision, string Reason);
}
