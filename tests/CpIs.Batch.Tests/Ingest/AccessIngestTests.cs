using CpIs.Batch.Ingest;
using CpIs.Domain.Values;
using Shouldly;
using static CpIs.Batch.Tests.Ingest.IngestWorld;

namespace CpIs.Batch.Tests.Ingest;

public class AccessIngestTests
{
    private const string AuditOf = "SELECT person_id, nhs_number, accessed_at, accessed_by, job_role, organisation_code, organisation_name, upload_file_number, query_id, received_at FROM cpis_access_audit ORDER BY access_id";

    private static string Access(string query, string number, string? localId = null, string at = "2026-03-09T14:05:00Z", string organisation = "RXX01", string? file = null) =>
        $"{query},{at},{number},{localId},Jo Clinician,Nurse,{organisation},Example Hospital,{file}\n";

    [Fact]
    public async Task A1_one_access_is_one_audit_row_and_one_alert_each_for_worker_and_manager()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018", file: "000007"));

        var result = await world.IngestAsync();

        (result.Messages, result.Applied, result.Accesses, result.NeedsOperator).ShouldBe((1, 1, 1, false));
        result.Alerts.ShouldBe(new Dictionary<string, int> { ["access"] = 2 });
        world.Rows(AuditOf).ShouldBe(["P1|9990000018|2026-03-09T14:05:00.000Z|Jo Clinician|Nurse|RXX01|Example Hospital|000007|Q1|2026-03-10T02:00:00.000Z"]);
        world.Alerts().ShouldBe(["access|P1|worker|W1|open", "access|P1|manager|W2|open"]);
        var alert = world.Rows("SELECT issued_on, due_on, first_issued_on, days_outstanding, subject, description FROM cpis_alert LIMIT 1").Single();
        alert.ShouldStartWith("2026-03-10|2026-03-12|2026-03-10|0|CP-IS record accessed: Alex Sample|The CP-IS record of Alex Sample was accessed on 9 March 2026 at 14:05 by Jo Clinician (Nurse) at Example Hospital (RXX01).");
    }

    [Fact]
    public async Task A8_the_duty_role_stands_in_and_that_is_nothing_for_an_operator()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018", worker: "W3", manager: "W2");
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018"));
        (await world.IngestAsync()).NeedsOperator.ShouldBeFalse();
        world.Alerts().ShouldBe(["access|P1|manager|W2|open", "access|P1|role|CP-IS duty North|open"]);
        world.Rows("SELECT description FROM cpis_alert WHERE recipient_kind = 'role'").Single().ShouldEndWith("so this comes to the duty role in the worker's place.");
    }

    [Fact]
    public async Task A3_delivered_twice_is_one_access()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018"));
        await world.IngestAsync();

        world.Receive("b.csv", AccessHeader + Access(" q1 ", "999 000 0018") + Access("q1", "9990000018"));
        var second = await world.IngestAsync();

        (second.Messages, second.Accesses, second.KnownAccesses).ShouldBe((1, 0, 2));
        second.Alerts.ShouldBeEmpty();
        world.Rows(AuditOf).Count.ShouldBe(1);
        world.Alerts().Count.ShouldBe(2);
    }

    [Fact]
    public async Task A3_twice_in_one_message_is_one_access_however_far_apart()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        var many = string.Concat(Enumerable.Range(0, 600).Select(i => Access($"Q{i}", "9990000018")));
        world.Receive("a.csv", AccessHeader + Access("Q0", "9990000018") + many + Access(" q0 ", "999 000 0018") + Access("U1", "9990000026") + Access("u1", "9990000026"));

        var result = await world.IngestAsync();

        (result.Accesses, result.KnownAccesses, result.Unmatched).ShouldBe((601, 3, 1));
        world.Rows(AuditOf).Count.ShouldBe(601);
        result.Alerts["access"].ShouldBe(1_200);
        result.Alerts["unmatched-access"].ShouldBe(1);
        world.Alerts().Count(a => a.StartsWith("access|P1|worker|", StringComparison.Ordinal)).ShouldBe(600);
    }

    [Fact]
    public async Task K3_the_same_bytes_again_are_counted_and_nothing_else()
    {
        using var world = await CreateAsync();
        var message = AccessHeader + Access("Q1", "9990000018");
        world.Receive("a.csv", message);
        await world.IngestAsync();
        world.Sql("UPDATE cpis_alert SET status = 'completed'");

        world.Receive("b.csv", message);
        var again = await world.IngestAsync();
        (again.Messages, again.Repeated, again.Applied, again.Accesses, again.NeedsOperator).ShouldBe((0, 1, 0, 0, false));
        world.Rows("SELECT COUNT(*) FROM cpis_delivery").ShouldBe(["2"]);
        Directory.GetFiles(world.Inbox).ShouldBeEmpty();
    }

    [Fact]
    public async Task A4_a_mothers_number_reaches_the_file_of_each_child()
    {
        using var world = await CreateAsync();
        world.Person("M1", "9990000018", "Mary", planStart: null);
        world.Person("U1", null, "", "Sample", mother: "M1", unborn: true);
        world.Person("U2", null, "", "Sample", worker: "W2", manager: "W2", mother: "M1", unborn: true);
        await world.TellAsync(Record("M1", "9990000018", PlanType.Ucpp, children: ["U1", "U2"]));
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018", "M1"));

        (await world.IngestAsync()).Accesses.ShouldBe(1);
        world.Rows("SELECT person_id, nhs_number, query_id FROM cpis_access_audit ORDER BY access_id").ShouldBe(["U1|9990000018|Q1", "U2|9990000018|Q1"]);
        world.Alerts().ShouldBe(["access|U1|worker|W1|open", "access|U1|manager|W2|open", "access|U2|worker|W2|open"]);
        world.Rows("SELECT DISTINCT description FROM cpis_alert").ShouldAllBe(d => d.StartsWith("The CP-IS record that is held under the mother's NHS number for Sample (unborn) was accessed"));
    }

    [Fact]
    public async Task A4_nobody_is_an_audit_row_without_person_and_a_role_alert_until_a_later_run_finds_the_file()
    {
        using var world = await CreateAsync();
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018"));
        var first = await world.IngestAsync();
        (first.Accesses, first.Unmatched, first.NeedsOperator).ShouldBe((1, 1, true));
        world.Rows("SELECT access_id, person_id FROM cpis_access_audit").ShouldBe(["1|"]);
        world.Alerts().ShouldBe(["unmatched-access||role|CP-IS duty|open"]);

        (await world.IngestAsync()).ShouldSatisfyAllConditions(r => r.Rematched.ShouldBe(0), r => r.NeedsOperator.ShouldBeFalse());
        world.Alerts().Count.ShouldBe(1);

        world.Person("P1", "9990000018");
        var later = await world.IngestAsync();
        (later.Rematched, later.Accesses, later.NeedsOperator).ShouldBe((1, 0, false));
        world.Rows("SELECT access_id, person_id FROM cpis_access_audit").ShouldBe(["1|P1"]);
        world.Alerts().ShouldBe(["unmatched-access||role|CP-IS duty|completed", "access|P1|worker|W1|open", "access|P1|manager|W2|open"]);
        world.Rows("SELECT completed_by FROM cpis_alert WHERE alert_id = 1").ShouldBe(["cpis"]);
        (await world.IngestAsync()).Rematched.ShouldBe(0);
    }

    [Fact]
    public async Task A4_found_later_on_the_files_of_two_children_the_first_keeps_the_access_id()
    {
        using var world = await CreateAsync();
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018"));
        await world.IngestAsync();
        world.Person("M1", "9990000018", planStart: null);
        world.Person("U1", null, mother: "M1", unborn: true);
        world.Person("U2", null, mother: "M1", unborn: true);
        await world.TellAsync(Record("M1", "9990000018", PlanType.Ucpp, children: ["U1", "U2"]));
        (await world.IngestAsync()).Rematched.ShouldBe(1);
        world.Rows("SELECT access_id, person_id FROM cpis_access_audit ORDER BY access_id").ShouldBe(["1|U1", "2|U2"]);
    }

    [Fact]
    public async Task A4_a_mother_through_whom_nobody_is_reached_is_unmatched()
    {
        using var world = await CreateAsync();
        world.Person("M1", "9990000018", planStart: null);
        world.Person("U1", null, mother: "M1", unborn: true);
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018"));
        (await world.IngestAsync()).Unmatched.ShouldBe(1);
        world.Rows("SELECT person_id FROM cpis_access_audit").ShouldBe([""]);
    }

    [Fact]
    public async Task A3_A4_an_unmatched_access_delivered_again_is_one_even_after_it_found_its_file_and_that_left()
    {
        using var world = await CreateAsync();
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018"));
        await world.IngestAsync();
        world.Receive("b.csv", AccessHeader + Access("q1", "999-000-0018"));
        (await world.IngestAsync()).KnownAccesses.ShouldBe(1);
        world.Person("P1", "9990000018");
        await world.IngestAsync();
        world.Sql("DELETE FROM care_person");
        world.Receive("c.csv", AccessHeader + Access("Q1 ", "9990000018"));
        (await world.IngestAsync()).KnownAccesses.ShouldBe(1);
        world.Rows("SELECT person_id FROM cpis_access_audit").ShouldBe(["P1"]);
    }

    [Fact]
    public async Task A4_local_id_and_number_of_different_people_go_by_local_id_with_a_role_alert()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Person("P2", "9990000026", "Bo");
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000026", "P1"));
        (await world.IngestAsync()).NeedsOperator.ShouldBeTrue();
        world.Alerts().ShouldBe(["access|P1|worker|W1|open", "access|P1|manager|W2|open", "unmatched-access||role|CP-IS duty|open"]);
        world.Rows("SELECT description FROM cpis_alert WHERE alert_type = 'unmatched-access'").Single().ShouldContain("local id P2");
    }

    [Fact]
    public async Task A4_U6_file_and_number_reach_whom_the_record_was_sent_for()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000034");
        world.Person("P2", "9990000018", "Bo");
        await world.TellAsync(Record("P1", "9990000018", PlanType.Cpp));
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018", file: "1") + Access("Q2", "9990000018"));
        await world.IngestAsync();
        world.Rows("SELECT query_id, person_id FROM cpis_access_audit ORDER BY access_id").ShouldBe(["Q1|P1", "Q2|P2"]);
    }

    [Fact]
    public async Task A7_a_pattern_is_raised_once_at_the_end_of_a_run_and_again_with_a_further_access()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Receive("a.csv", AccessHeader + Access("Q1", "9990000018", at: "2026-03-01T10:00:00Z") + Access("Q2", "9990000018", at: "2026-03-05T10:00:00Z", organisation: "RYY01"));
        (await world.IngestAsync()).Alerts["access-pattern"].ShouldBe(2);
        (await world.IngestAsync()).Alerts.ShouldBeEmpty();
        world.Receive("b.csv", AccessHeader + Access("Q3", "9990000018", at: "2026-03-08T10:00:00Z", organisation: "RYY01"));
        (await world.IngestAsync()).Alerts["access-pattern"].ShouldBe(2);
        world.Receive("c.csv", AccessHeader + Access("Q4", "9990000018", at: "2026-07-08T10:00:00Z", organisation: "RYY01"));
        (await world.IngestAsync()).Alerts.ContainsKey("access-pattern").ShouldBeFalse();
        world.Alerts("alert_type = 'access-pattern'").Count.ShouldBe(4);
        world.Rows("SELECT description FROM cpis_alert WHERE alert_type = 'access-pattern' ORDER BY alert_id DESC LIMIT 1").Single().ShouldContain("accessed 3 times");
    }

    [Fact]
    public async Task A10_an_empty_notification_raises_nothing_but_a_count()
    {
        using var world = await CreateAsync();
        world.Receive("a.csv", AccessHeader);
        var result = await world.IngestAsync();
        (result.EmptyNotifications, result.Applied, result.NeedsOperator).ShouldBe((1, 1, false));
        world.Alerts().ShouldBeEmpty();
    }

    [Fact]
    public async Task A6_N3_an_inactive_number_is_listed_and_told_once_as_long_as_the_alert_is_open()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Receive("a.csv", InactiveHeader + "9990000018,P1,9990000026;9990000027,\n");
        var result = await world.IngestAsync();
        (result.InactiveNumbers, result.NeedsOperator).ShouldBe((1, false));
        world.Rows("SELECT nhs_number, replacements FROM cpis_inactive_number").ShouldBe(["9990000018|9990000026;9990000027"]);
        world.Alerts().ShouldBe(["nhs-number-inactive|P1|worker|W1|open", "nhs-number-inactive|P1|manager|W2|open"]);
        world.Rows("SELECT description FROM cpis_alert LIMIT 1").Single().ShouldContain("9990000026, 9990000027 (not a valid number)");

        world.Receive("b.csv", InactiveHeader + "999 000 0018,,9990000027;9990000026,1\n");
        (await world.IngestAsync()).Alerts.ShouldBeEmpty();
        world.Receive("c.csv", InactiveHeader + "9990000018,,,\n");
        (await world.IngestAsync()).Alerts["nhs-number-inactive"].ShouldBe(2);

        world.Sql("UPDATE cpis_alert SET status = 'completed' WHERE alert_id = 1");
        world.Receive("d.csv", InactiveHeader + "9990000018,P1,9990000026;9990000027,2\n");
        (await world.IngestAsync()).Alerts["nhs-number-inactive"].ShouldBe(1);
        world.Rows("SELECT nhs_number FROM care_person").ShouldBe(["9990000018"]);
    }

    [Fact]
    public async Task A6_a_mothers_inactive_number_is_told_on_the_file_of_each_unborn_child()
    {
        using var world = await CreateAsync();
        world.Person("M1", "9990000018", "Mary", planStart: null);
        world.Person("U1", null, mother: "M1", unborn: true);
        world.Receive("a.csv", InactiveHeader + "9990000018,,,\n");
        await world.IngestAsync();
        world.Alerts().ShouldBe(["nhs-number-inactive|U1|worker|W1|open", "nhs-number-inactive|U1|manager|W2|open"]);
        world.Rows("SELECT description FROM cpis_alert LIMIT 1").Single().ShouldContain("Mary Sample (local id M1), the mother of");
    }

    [Theory]
    [InlineData("9990000018")]
    [InlineData("123")]
    public async Task A6_an_inactive_number_of_nobody_is_listed_and_told_to_the_role(string number)
    {
        using var world = await CreateAsync();
        world.Receive("a.csv", InactiveHeader + number + ",,,\n");
        (await world.IngestAsync()).NeedsOperator.ShouldBeTrue();
        world.Alerts().ShouldBe(["nhs-number-inactive||role|CP-IS duty|open"]);
        world.Rows("SELECT nhs_number FROM cpis_inactive_number").ShouldBe([number]);
    }

    [Fact]
    public async Task Files_given_by_hand_are_taken_in_order_of_name_and_never_touched()
    {
        using var world = await CreateAsync();
        using var source = new TempFolder();
        world.Person("P1", "9990000018");
        Directory.CreateDirectory(Path.Combine(source.Path, "b"));
        source.File("z.csv", AccessHeader + Access("Q1", "9990000018"));
        source.File("a.csv", AccessHeader + Access("Q2", "9990000018"));
        source.File(Path.Combine("b", "c.csv"), AccessHeader + Access("Q3", "9990000018"));
        source.File(".hidden", "x");
        var result = await world.IngestAsync(new IngestInput.Files(source.Path));
        result.Messages.ShouldBe(3);
        world.Rows("SELECT query_id FROM cpis_access_audit ORDER BY access_id").ShouldBe(["Q2", "Q3", "Q1"]);
        Directory.GetFiles(source.Path, "*", SearchOption.AllDirectories).Length.ShouldBe(4);
        (await world.IngestAsync(new IngestInput.Files(source.File("z.csv")))).Repeated.ShouldBe(1);
    }
}
