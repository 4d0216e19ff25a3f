using CpIs.Domain.Source;
using CpIs.Domain.Values;
using CpIs.Storage.Providers;
using CpIs.Storage.Source;

namespace CpIs.Storage.Workspaces;

/// <summary>Fills the workspace from a source and sets aside rows that share their id with another.</summary>
internal sealed class SourceLoader(WorkspaceFile file)
{
    private readonly SqliteInsert _setAside = file.Insert(
        "set_aside", "source_table", "location", "row_id", "person_id", "column_name", "problem");

    public async Task<ViewRows> LoadAsync(ISource source, CancellationToken cancellationToken)
    {
        await foreach (var row in source.SetAsideEarlierAsync(cancellationToken))
        {
            SetAside(row);
        }

        var people = file.Insert(
            "person", "position", "person_id", "nhs_number", "number_key", "family_name", "given_names", "birth", "is_unborn", "expected",
            "mother_id", "worker_id", "manager_id", "team", "changed");
        var plans = file.Insert("plan", "position", "plan_id", "person_id", "start", "\"end\"", "other_authority", "in_error", "changed");
        var statuses = file.Insert("legal_status", "position", "legal_status_id", "person_id", "code", "start", "\"end\"", "in_error", "changed");
        var workers = file.Insert("worker", "position", "worker_id", "name", "email", "is_active");
        var rows = new ViewRows(
            await AddAsync(source.PeopleAsync(cancellationToken), (p, n) => people.Add(
                n, p.PersonId, p.NhsNumber, NhsNumber.TryParse(p.NhsNumber, out var number) ? number.Value : null, p.FamilyName, p.GivenNames,
                Cells.Of(p.DateOfBirth), p.IsUnborn, Cells.Of(p.ExpectedDateOfBirth), p.MotherPersonId, p.WorkerId, p.ManagerId, p.Team,
                Cells.Of(p.ChangedAt))),
            await AddAsync(source.PlansAsync(cancellationToken), (p, n) => plans.Add(
                n, p.PlanId, p.PersonId, Cells.Of(p.StartDate), Cells.Of(p.EndDate), p.HeldByOtherAuthority, p.RecordedInError, Cells.Of(p.ChangedAt))),
            await AddAsync(source.LegalStatusesAsync(cancellationToken), (s, n) => statuses.Add(
                n, s.LegalStatusId, s.PersonId, s.Code, Cells.Of(s.StartDate), Cells.Of(s.EndDate), s.RecordedInError, Cells.Of(s.ChangedAt))),
            await AddAsync(source.WorkersAsync(cancellationToken), (w, n) => workers.Add(n, w.WorkerId, w.Name, w.Email, w.IsActive)));
        file.Execute("load/index");
        SetAsideTwins(source, "load/twin-people", SourceTable.Person);
        SetAsideTwins(source, "load/twin-plans", SourceTable.Plan);
        SetAsideTwins(source, "load/twin-legal-statuses", SourceTable.LegalStatus);
        SetAsideTwins(source, "load/twin-workers", SourceTable.Worker);
        file.Execute("load/remove-set-aside");
        return rows;
    }

    private async Task<long> AddAsync<T>(IAsyncEnumerable<SourceItem<T>> items, Action<T, long> add)
        where T : class
    {
        long count = 0;
        await foreach (var item in items)
        {
            count++;
            if (item.Row is { } row)
            {
                add(row, item.Position);
            }
            else
            {
                SetAside(item.SetAside!);
            }
        }

        return count;
    }

    private void SetAsideTwins(ISource source, string statement, SourceTable table)
    {
        // Read to the end before anything is added to the table that is read from.
        var twins = file.List(
            statement, row => (Position: row.GetInt64(0), RowId: row.GetString(1), PersonId: row.Text(2)), ("table", (int)table));
        foreach (var (position, rowId, personId) in twins)
        {
            SetAside(new(table, source.Locate(table, rowId, position), rowId, personId, TableLayout.Of(table).Columns[0], "an id that another row has too"));
        }
    }

    private void SetAside(SetAsideRow row) => _setAside.Add((int)row.Table, row.Where, row.RowId, row.PersonId, row.Column, row.Problem);
}
