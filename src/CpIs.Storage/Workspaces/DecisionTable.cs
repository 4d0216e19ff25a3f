using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Storage.Ledger;
using CpIs.Storage.Providers;
using Microsoft.Data.Sqlite;

namespace CpIs.Storage.Workspaces;

/// <summary>What was decided in a run, kept in the workspace until it is written out.</summary>
internal sealed class DecisionTable(WorkspaceFile file)
{
    private readonly SqliteInsert _decisions = file.Insert(
        "decision", "household", "node", "person_id", "plan_type", "source_ids", "child_ids", "kind", "reason", "nhs_number", "start",
        "\"end\"", "delete_date", "visible_until", "cause", "changed", "has_record", "r_number", "r_start", "r_end", "r_family_name",
        "r_given_name", "r_birth", "r_local_person_id", "r_delete_date", "r_visible_until", "r_forecast");

    private readonly SqliteInsert _lapsed = file.Insert("lapsed", "nhs_number", "plan_type", "start");

    private readonly SqliteInsert _regrouped = file.Insert("regrouped", "file_number", "record_number", "source_ids", "child_ids");

    public void Add(long household, HouseholdDecisions decided)
    {
        foreach (var d in decided.Decisions)
        {
            var record = d.Record;
            var content = record?.Content;
            _decisions.Add(
                household,
                file.First("decisions/node-of", row => row.GetInt64(0), ("personId", d.PersonId)),
                d.PersonId,
                d.PlanType.Code,
                Columns.ToJson(d.SourceIds),
                Columns.ToJson(d.ChildIds),
                (int)d.Kind,
                d.Reason,
                d.NhsNumber?.Value,
                Cells.Of(d.Start),
                Cells.Of(d.End),
                Cells.Of(d.DeleteDate),
                Cells.Of(d.VisibleUntil),
                d.Cause,
                Cells.Of(d.ChangedAt),
                record is not null,
                record?.Key.NhsNumber.Value,
                Cells.Of(record?.Key.Start),
                Cells.Of(content?.End),
                content?.FamilyName,
                content?.GivenName,
                Cells.Of(content?.BirthDate),
                content?.LocalPersonId,
                Cells.Of(record?.DeleteDate),
                Cells.Of(record?.VisibleUntil),
                record?.EndIsForecast);
        }

        foreach (var key in decided.Lapsed)
        {
            _lapsed.Add(key.NhsNumber.Value, key.PlanType.Code, key.Start.DayNumber);
        }

        foreach (var r in decided.Regrouped)
        {
            _regrouped.Add(r.FileNumber.Value, r.RecordNumber, Columns.ToJson(r.SourceIds), Columns.ToJson(r.ChildIds));
        }
    }

    public IReadOnlyList<(DecisionKind Kind, string Reason, long Number)> Count() =>
        file.List("decisions/counts", row => ((DecisionKind)row.GetInt32(0), row.GetString(1), row.GetInt64(2)));

    public DateTimeOffset? OldestChange() => file.First("decisions/oldest-change", row => row.TimeOrNull(0));

    public static Decision Read(SqliteDataReader row)
    {
        var planType = PlanType.Parse(row.GetString(2));
        return new Decision(
            row.GetString(1),
            planType,
            Columns.ToIds(row.GetString(3)),
            Columns.ToIds(row.GetString(4)),
            (DecisionKind)row.GetInt32(5),
            row.GetString(6),
            row.Text(7) is { } number ? NhsNumber.Parse(number) : null,
            row.DayOrNull(8),
            row.DayOrNull(9),
            row.DayOrNull(10),
            row.DayOrNull(11),
            row.Flag(14) ? Record(planType, row) : null,
            row.GetString(12),
            row.TimeOrNull(13));
    }

    private static UploadRecord Record(PlanType planType, SqliteDataReader row) => new(
        new RecordKey(NhsNumber.Parse(row.GetString(15)), planType, row.Day(16)),
        new RecordContent(row.DayOrNull(17), row.GetString(18), row.GetString(19), row.Day(20), row.GetString(21)),
        row.DayOrNull(22),
        row.DayOrNull(23),
        row.Flag(24));
}
