using System.Text;
using CpIs.Batch.Commands;
using CpIs.Domain.Values;
using Shouldly;
using static CpIs.Batch.Tests.Ingest.IngestWorld;

namespace CpIs.Batch.Tests.Ingest;

public class QuarantineIngestTests
{
    private const string GoodAccess = AccessHeader + "Q1,2026-03-09T14:05:00Z,9990000018,,Jo,Nurse,RXX,Hospital,\n";

    private static string[] Files(string folder) => [.. Directory.GetFiles(folder).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

    [Theory]
    [InlineData("rubbish")]
    [InlineData("<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"b\">]><x>&a;</x>")]
    [InlineData("<wrong xmlns=\"urn:hl7-org:v3\"/>")]
    [InlineData("")]
    public async Task K6_what_cannot_be_parsed_is_quarantined_whole_and_never_stops_the_rest(string content)
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Receive("a.bin", content);
        world.Receive("b.csv", GoodAccess);
        var result = await world.IngestAsync();
        (result.Messages, result.Applied, result.Quarantined, result.Accesses, result.NeedsOperator).ShouldBe((2, 1, 1, 1, true));
        world.Alerts("alert_type = 'quarantined'").ShouldBe(["quarantined||role|CP-IS duty|open"]);
        var kept = Files(world.Data.Quarantine);
        kept.Length.ShouldBe(2);
        kept.ShouldContain("inbound-000001.txt");
        (await File.ReadAllTextAsync(Path.Combine(world.Data.Quarantine, kept.Single(f => f != "inbound-000001.txt")))).ShouldBe(content);
        (await File.ReadAllTextAsync(Path.Combine(world.Data.Quarantine, "inbound-000001.txt"))).ShouldContain("cpis ingest-access --replay 1");
        Files(world.Data.Archive).ShouldBe(["inbound-000002.csv"]);
        Directory.GetFiles(world.Inbox).ShouldBeEmpty();
    }

    [Fact]
    public async Task K6_zip_gzip_and_UTF_16_without_mark_are_quarantined()
    {
        using var world = await CreateAsync();
        world.Receive("a.zip", [0x50, 0x4B, 3, 4, 0, 0]);
        world.Receive("b.gz", [0x1F, 0x8B, 8, 0, 0, 0]);
        world.Receive("c.xml", Encoding.Unicode.GetBytes("<x/>"));
        (await world.IngestAsync()).Quarantined.ShouldBe(3);
        world.Rows("SELECT DISTINCT status FROM cpis_inbound").ShouldBe(["quarantined"]);
    }

    [Fact]
    public async Task K6_a_part_that_cannot_be_read_does_not_stop_the_others_and_is_named()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Receive("a.csv", GoodAccess + "Q2,no time at all,9990000018,,Jo,Nurse,RXX,Hospital,\n");
        var result = await world.IngestAsync();
        (result.Applied, result.Quarantined, result.Accesses, result.NeedsOperator).ShouldBe((1, 1, 1, true));
        world.Alerts().ShouldBe(["access|P1|worker|W1|open", "access|P1|manager|W2|open", "quarantined||role|CP-IS duty|open"]);
        Files(world.Data.Archive).ShouldBe(["inbound-000001.csv"]);
        Files(world.Data.Quarantine).ShouldBe(["inbound-000001.csv", "inbound-000001.txt"]);
        (await File.ReadAllTextAsync(Path.Combine(world.Data.Quarantine, "inbound-000001.txt"))).ShouldNotContain("no time at all");
    }

    [Theory]
    [InlineData("X99", false)]
    [InlineData(" x99 ", false)]
    [InlineData("Y11", true)]
    [InlineData(null, true)]
    public async Task A11_a_national_notification_for_another_council_or_for_none_is_quarantined(string? recipient, bool quarantined)
    {
        using var world = await CreateAsync();
        var sample = await File.ReadAllTextAsync(Repository.File("samples", "inbound", "hl7v3", "access-empty.xml"));
        world.Receive("a.xml", recipient is null ? sample.Replace("extension=\"X99\"", "", StringComparison.Ordinal) : sample.Replace("X99", recipient, StringComparison.Ordinal));
        var result = await world.IngestAsync();
        (result.Quarantined, result.NeedsOperator).ShouldBe(quarantined ? (1, true) : (0, false));
        if (quarantined)
        {
            world.Rows("SELECT reason FROM cpis_quarantine").ShouldBe(["other-recipient"]);
        }
    }

    [Fact]
    public async Task A11_an_acknowledgement_for_another_council_is_quarantined()
    {
        using var world = await CreateAsync();
        await world.TellAsync(Record("P1", "9990000018", PlanType.Cpp));
        var sample = await File.ReadAllTextAsync(Repository.File("samples", "inbound", "hl7v3", "acknowledgement-accepted.xml"));
        world.Receive("a.xml", sample.Replace("X99", "Y11", StringComparison.Ordinal).Replace("000002", "000001", StringComparison.Ordinal));
        (await world.IngestAsync()).Acknowledgements.ShouldBe(0);
        world.Rows("SELECT reason FROM cpis_quarantine").ShouldBe(["other-recipient"]);
        world.Rows("SELECT outcome FROM cpis_file_record").ShouldBe(["unanswered"]);
    }

    [Fact]
    public async Task K3_a_quarantined_message_is_only_counted_until_an_operator_replays_it()
    {
        using var world = await CreateAsync();
        var other = (await File.ReadAllTextAsync(Repository.File("samples", "inbound", "hl7v3", "access-empty.xml"))).Replace("X99", "Y11", StringComparison.Ordinal);
        world.Receive("a.xml", other);
        await world.IngestAsync();
        world.Receive("b.xml", other);
        (await world.IngestAsync()).ShouldSatisfyAllConditions(r => r.Repeated.ShouldBe(1), r => r.Quarantined.ShouldBe(0));

        (await world.ReplayAsync(1)).Quarantined.ShouldBe(1);
        world.Set("CPIS__AUTHORITY__ODSCODE", "Y11");
        world.Set("CPIS__AUTHORITY__CODE", "Y11");
        world.Set("CPIS__AUTHORITY__NAME", "Another Council");
        world.Set("CPIS__AUTHORITY__EMERGENCYDUTYPHONE", "01632960002");
        var replay = await world.ReplayAsync(1);
        (replay.Applied, replay.Quarantined, replay.EmptyNotifications).ShouldBe((1, 0, 1));
        Files(world.Data.Quarantine).ShouldBeEmpty();
        Files(world.Data.Archive).ShouldBe(["inbound-000001.xml"]);
    }

    [Fact]
    public async Task A_message_that_was_applied_can_be_replayed_safely()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        await world.TellAsync(Record("P1", "9990000018", PlanType.Cpp));
        world.Receive("a.csv", GoodAccess);
        world.Receive("b.csv", AnswerHeader + "1,CPF03,1,9990000018,CPP,CPR01,\n");
        await world.IngestAsync();
        var before = world.Rows("SELECT * FROM cpis_alert");
        (await world.ReplayAsync(1)).KnownAccesses.ShouldBe(1);
        (await world.ReplayAsync(2)).NeedsOperator.ShouldBeFalse();
        world.Rows("SELECT * FROM cpis_alert").ShouldBe(before);
        world.Rows("SELECT COUNT(*) FROM cpis_access_audit").ShouldBe(["1"]);
        await Should.ThrowAsync<UsageException>(() => world.ReplayAsync(99));
    }

    [Fact]
    public async Task A_file_over_the_limit_is_quarantined_unread_and_can_be_replayed_once_the_limit_is_raised()
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Set("CPIS__INBOUND__MAXMEGABYTES", "1");
        var fits = GoodAccess + new string('\n', (1024 * 1024) - GoodAccess.Length);
        world.Receive("a.csv", fits.Replace("Q1", "Q0", StringComparison.Ordinal));
        world.Receive("b.csv", fits + "\n");
        var result = await world.IngestAsync();
        (result.Applied, result.Quarantined).ShouldBe((1, 1));
        world.Rows("SELECT inbound_id, content IS NULL, byte_count, status FROM cpis_inbound").ShouldBe(["1|0|1048576|applied", "2|1|1048577|quarantined"]);
        Files(world.Data.Quarantine).ShouldBe(["inbound-000002.bin", "inbound-000002.txt"]);
        new FileInfo(Path.Combine(world.Data.Quarantine, "inbound-000002.bin")).Length.ShouldBe(1048577);
        await Should.ThrowAsync<UsageException>(() => world.ReplayAsync(2));

        world.Receive("c.csv", fits + "\n");
        (await world.IngestAsync()).Repeated.ShouldBe(1);

        world.Set("CPIS__INBOUND__MAXMEGABYTES", "2");
        (await world.ReplayAsync(2)).Accesses.ShouldBe(1);
        Files(world.Data.Quarantine).ShouldBeEmpty();
        Files(world.Data.Archive).ShouldBe(["inbound-000001.csv", "inbound-000002.csv"]);
    }

    [Fact]
    public async Task K6_copies_for_people_can_be_read_by_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var world = await CreateAsync();
        world.Receive("a.bin", "rubbish");
        world.Receive("b.csv", AccessHeader);
        await world.IngestAsync();
        foreach (var folder in new[] { world.Data.Quarantine, world.Data.Archive })
        {
            File.GetUnixFileMode(folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            foreach (var file in Directory.GetFiles(folder))
            {
                File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
        }
    }
}
