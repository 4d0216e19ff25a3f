using CpIs.Domain.Source;
using CpIs.Storage.Source;
using Shouldly;

namespace CpIs.Storage.Tests;

public sealed class RowParserTests
{
    private static readonly DateOnly Today = new(2026, 3, 10);

    public static TheoryData<string, object?, object?> GoodCells() => new()
    {
        { "person_id", "  P1 ", "P1" },
        { "person_id", new string('i', 64), new string('i', 64) },
        { "person_id", "p1", "p1" },
        { "family_name", new string('n', 200), new string('n', 200) },
        { "family_name", " \t O'Neil-Łukasz \u00A0\r\n", "O'Neil-Łukasz" },
        { "family_name", "𠮷野", "𠮷野" },
        { "family_name", string.Concat(Enumerable.Repeat("𠮷", 100)), string.Concat(Enumerable.Repeat("𠮷", 100)) },
        { "family_name", "   ", null },
        { "family_name", null, null },
        { "nhs_number", "999 000 0018", "999 000 0018" },
        { "date_of_birth", "2026-03-10", new DateOnly(2026, 3, 10) },
        { "date_of_birth", " 2024-02-29 ", new DateOnly(2024, 2, 29) },
        { "date_of_birth", "1900-01-01", new DateOnly(1900, 1, 1) },
        { "date_of_birth", "", null },
        { "date_of_birth", new DateTime(2020, 5, 4), new DateOnly(2020, 5, 4) },
        { "expected_date_of_birth", "2099-12-31", new DateOnly(2099, 12, 31) },
        { "is_unborn", "1", true },
        { "is_unborn", " 0 ", false },
        { "is_unborn", 1L, true },
        { "is_unborn", 0L, false },
        { "is_unborn", true, true },
        { "changed_at", "2026-03-10T01:00:00Z", new DateTimeOffset(2026, 3, 10, 1, 0, 0, TimeSpan.Zero) },
        { "changed_at", "2026-03-10T01:00:00.1239Z", new DateTimeOffset(2026, 3, 10, 1, 0, 0, 123, TimeSpan.Zero) },
        { "changed_at", "2026-03-10T01:00+00:00", new DateTimeOffset(2026, 3, 10, 1, 0, 0, TimeSpan.Zero) },
        { "changed_at", new DateTime(2026, 3, 10, 1, 0, 0, DateTimeKind.Unspecified), new DateTimeOffset(2026, 3, 10, 1, 0, 0, TimeSpan.Zero) },
        { "changed_at", "", null },
    };

    public static TheoryData<string, object?> BadCells() => new()
    {
        { "person_id", "" },
        { "person_id", null },
        { "person_id", "   " },
        { "person_id", new string('i', 65) },
        { "person_id", 17L },
        { "mother_person_id", new string('i', 65) },
        { "worker_id", "W\u00071" },
        { "family_name", new string('n', 201) },
        { "family_name", string.Concat(Enumerable.Repeat("𠮷", 100)) + "n" },
        { "family_name", "two\nlines" },
        { "family_name", "nul\0" },
        { "family_name", "c1\u0085x" },
        { "family_name", "lost \uFFFD byte" },
        { "family_name", "not XML \uFFFF" },
        { "family_name", "lone \uD842" },
        { "family_name", "\uDFB7 lone" },
        { "family_name", "crossed \uDFB7\uD842" },
        { "family_name", 1.5 },
        { "given_names", new byte[] { 1 } },
        { "nhs_number", 9990000018L },
        { "team", new string('t', 201) },
        { "date_of_birth", "2026-03-11" },
        { "date_of_birth", "2026-02-30" },
        { "date_of_birth", "2025-02-29" },
        { "date_of_birth", "10/03/2026" },
        { "date_of_birth", "2026-3-1" },
        { "date_of_birth", "2026-03-10T00:00:00" },
        { "date_of_birth", "1899-12-31" },
        { "date_of_birth", 20200504L },
        { "date_of_birth", new DateTime(2020, 5, 4, 0, 0, 1) },
        { "expected_date_of_birth", "2100-01-01" },
        { "expected_date_of_birth", "９９９９-01-01" },
        { "is_unborn", "" },
        { "is_unborn", null },
        { "is_unborn", "2" },
        { "is_unborn", "true" },
        { "is_unborn", "01" },
        { "is_unborn", 2L },
        { "is_unborn", 1.0 },
        { "changed_at", "2026-03-10" },
        { "changed_at", "2026-03-10 01:00:00" },
        { "changed_at", "2026-03-10T01:00:00" },
        { "changed_at", "2026-03-10T01:00:00+01:00" },
        { "changed_at", "2026-03-10T25:00:00Z" },
        { "changed_at", "yesterday" },
        { "changed_at", 5L },
    };

    [Theory]
    [MemberData(nameof(GoodCells))]
    public void S16_a_cell_that_can_be_read_is_read(string column, object? cell, object? expected)
    {
        var item = Person((column, cell));
        item.SetAside.ShouldBeNull();
        var p = item.Row.ShouldNotBeNull();
        var actual = column switch
        {
            "person_id" => (object?)p.PersonId,
            "nhs_number" => p.NhsNumber,
            "family_name" => p.FamilyName,
            "date_of_birth" => p.DateOfBirth,
            "expected_date_of_birth" => p.ExpectedDateOfBirth,
            "is_unborn" => p.IsUnborn,
            _ => p.ChangedAt,
        };
        actual.ShouldBe(expected);
    }

    [Theory]
    [MemberData(nameof(BadCells))]
    public void S16_a_row_with_a_bad_cell_is_set_aside_by_column_without_its_content(string column, object? cell)
    {
        var item = Person((column, cell));
        item.Row.ShouldBeNull();
        var bad = item.SetAside.ShouldNotBeNull();
        bad.Table.ShouldBe(SourceTable.Person);
        bad.Column.ShouldBe(column);
        bad.RowId.ShouldBe(column == "person_id" ? null : "P1");
        bad.PersonId.ShouldBe(bad.RowId);
        bad.Where.ShouldBe(bad.RowId is null ? "row 7" : "P1");
        if (cell is string { Length: > 1 } text && column != "person_id")
        {
            bad.Problem.ShouldNotContain(text);
        }
    }

    [Fact]
    public void S16_the_first_fault_is_the_one_named() =>
        Person(("family_name", new string('n', 201)), ("is_unborn", "x")).SetAside!.Column.ShouldBe("family_name");

    [Fact]
    public void S16_a_plan_keeps_its_person_where_that_can_be_read()
    {
        Plan("PL1", "P1", "2026-13-01", null, "0", "0", null).SetAside.ShouldBe(new(SourceTable.Plan, "PL1", "PL1", "P1", "start_date", "not a calendar date as yyyy-MM-dd"));
        Plan(null, "P1", null, null, "0", "0", null).SetAside.ShouldBe(new(SourceTable.Plan, "row 7", null, "P1", "plan_id", "missing"));
        Plan("PL1", " ", null, null, "0", "0", null).SetAside.ShouldBe(new(SourceTable.Plan, "PL1", "PL1", null, "person_id", "missing"));
        Plan("PL1", "P1", null, null, "", "0", null).SetAside!.Column.ShouldBe("held_by_other_authority");
        Plan("PL1", "P1", null, null, "0", null, null).SetAside!.Column.ShouldBe("recorded_in_error");
        Plan("PL1", "P1", null, null, "0", "1", null).Row.ShouldBe(new Plan("PL1", "P1", null, null, false, true, null));
    }

    [Fact]
    public void S16_a_legal_status_needs_a_code()
    {
        var parser = new RowParser(TableLayout.LegalStatus, Today, (id, n) => id ?? $"row {n}");
        parser.LegalStatus(["LS1", "P1", " ", "2026-01-01", null, "0", null], 7).SetAside!.Column.ShouldBe("code");
        parser.LegalStatus(["LS1", "P1", "C2", "2026-01-01", null, "0", null], 7).Row!.Code.ShouldBe("C2");
    }

    [Fact]
    public void S16_a_worker_must_be_known_to_be_active_or_not()
    {
        var parser = new RowParser(TableLayout.Worker, Today, (id, n) => id ?? $"row {n}");
        parser.Worker(["W1", null, null, null], 7).SetAside!.Column.ShouldBe("is_active");
        parser.Worker(["W1", null, null, "0"], 7).Row.ShouldBe(new Worker("W1", null, null, false));
    }

    private static SourceItem<Person> Person(params (string Column, object? Cell)[] changes)
    {
        var cells = new object?[] { "P1", "9990000018", "Sample", "Alex", "2020-01-01", "0", null, null, "W1", "M1", "North", "2026-03-01T00:00:00Z" };
        foreach (var (column, cell) in changes)
        {
            cells[TableLayout.Person.Columns.ToList().IndexOf(column)] = cell;
        }

        return new RowParser(TableLayout.Person, Today, (id, n) => id ?? $"row {n}").Person(cells, 7);
    }

    private static SourceItem<Plan> Plan(params object?[] cells) =>
        new RowParser(TableLayout.Plan, Today, (id, n) => id ?? $"row {n}").Plan(cells, 7);
}
