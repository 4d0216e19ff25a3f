using CpIs.Domain.Source;
using CpIs.Storage.Providers;

namespace CpIs.Storage.Source;

/// <summary>Names of a kind of source row (contract sections 3 and 4).</summary>
/// <param name="Name">As in manifests and statements.</param>
/// <param name="Columns">In the contract's order; the first is the row's id.</param>
internal sealed record TableLayout(SourceTable Table, string Name, params IReadOnlyList<string> Columns)
{
    public static readonly TableLayout Person = new(
        SourceTable.Person, "person",
        "person_id", "nhs_number", "family_name", "given_names", "date_of_birth", "is_unborn", "expected_date_of_birth",
        "mother_person_id", "worker_id", "manager_id", "team", "changed_at");

    public static readonly TableLayout Plan = new(
        SourceTable.Plan, "plan",
        "plan_id", "person_id", "start_date", "end_date", "held_by_other_authority", "recorded_in_error", "changed_at");

    public static readonly TableLayout LegalStatus = new(
        SourceTable.LegalStatus, "legal_status",
        "legal_status_id", "person_id", "code", "start_date", "end_date", "recorded_in_error", "changed_at");

    public static readonly TableLayout Worker = new(
        SourceTable.Worker, "worker",
        "worker_id", "name", "email", "is_active");

    public static readonly IReadOnlyList<TableLayout> All = [Person, Plan, LegalStatus, Worker];

    public string File => Name + ".csv";

    public string View => "cpis_source_" + Name;

    public BulkTable CareTable => new("care_" + Name, Columns);

    /// <summary>A column whose content must be 0 or 1.</summary>
    public string FlagColumn => Table switch
    {
        SourceTable.Person => "is_unborn",
        SourceTable.Worker => "is_active",
        _ => "recorded_in_error",
    };

    public static TableLayout Of(SourceTable table) => All[(int)table];

    public static bool TryFind(string name, out SourceTable table)
    {
        var found = All.FirstOrDefault(t => string.Equals(t.Name, name, StringComparison.Ordinal));
        table = found?.Table ?? default;
        return found is not null;
    }
}
