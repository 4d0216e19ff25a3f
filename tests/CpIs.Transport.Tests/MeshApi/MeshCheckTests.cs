using CpIs.Transport.MeshApi;
using CpIs.TestMesh;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

public sealed class MeshCheckTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    /// <summary>Certificates are made today, so the clock of these tests stands at today.</summary>
    private static MeshRig Rig(MeshServer server, TimeSpan ahead = default, System.Security.Cryptography.X509Certificates.X509Certificate2? client = null)
    {
        var rig = new MeshRig(server, clientCertificate: client);
        rig.Clock.Advance(DateTimeOffset.UtcNow - rig.Clock.GetUtcNow() + ahead);
        return rig;
    }

    [Fact]
    public async Task Where_all_is_well_it_says_so_and_changes_nothing()
    {
        await using var rig = Rig(fixture.Server);
        rig.Mailbox.Deliver("<a/>", "WF_ACCESS");
        rig.Mailbox.Deliver("<b/>", "SOMEONE_ELSES");

        var findings = await rig.Check.RunAsync(default);

        findings.ShouldAllBe(f => f.Level == MeshFindingLevel.Good && f.Advice == null);
        findings.Select(f => f.Subject).Distinct().ShouldBe(["certificate", "trust", "handshake", "clock", "inbox", "recipient", "workflow"]);
        findings.Single(f => f.Subject == "inbox").Message.ShouldContain("2 messages");
        MeshCheck.Failed(findings).ShouldBeFalse();
        rig.Mailbox.Requests.Select(r => r.Call).ShouldBe(["handshake", "list"]);
    }

    [Theory]
    [InlineData(0, MeshFindingLevel.Good)]
    [InlineData(299, MeshFindingLevel.Good)]
    [InlineData(300, MeshFindingLevel.Warning)]
    [InlineData(-300, MeshFindingLevel.Warning)]
    [InlineData(6900, MeshFindingLevel.Warning)]
    [InlineData(7260, MeshFindingLevel.Failure)]
    [InlineData(-7260, MeshFindingLevel.Failure)]
    public async Task The_clock_is_compared_with_the_servers(int secondsAhead, MeshFindingLevel level)
    {
        await using var rig = Rig(fixture.Server);

        // To the whole second, as the Date header is.
        rig.Clock.Advance(TimeSpan.FromTicks(TimeSpan.TicksPerSecond - (rig.Clock.GetUtcNow().Ticks % TimeSpan.TicksPerSecond)));
        rig.Mailbox.ClockOffset = TimeSpan.FromSeconds(-secondsAhead);

        var findings = await rig.Check.RunAsync(default);

        var clock = findings.Single(f => f.Subject == "clock");
        clock.Level.ShouldBe(level);
        clock.Message.ShouldContain(Math.Abs(secondsAhead) + " s " + (secondsAhead < 0 ? "behind" : "ahead"));
        findings.Single(f => f.Subject == "handshake").Level.ShouldBe(level == MeshFindingLevel.Failure ? MeshFindingLevel.Failure : MeshFindingLevel.Good);
        MeshCheck.Failed(findings).ShouldBe(level == MeshFindingLevel.Failure);
    }

    [Theory]
    [InlineData(100, MeshFindingLevel.Good)]
    [InlineData(46, MeshFindingLevel.Good)]
    [InlineData(44, MeshFindingLevel.Warning)]
    [InlineData(1, MeshFindingLevel.Warning)]
    [InlineData(-1, MeshFindingLevel.Failure)]
    public async Task The_days_that_the_certificate_has_left_are_told(int days, MeshFindingLevel level)
    {
        await using var rig = Rig(fixture.Server, client: TestCertificates.ClientValidFor(days));

        var finding = (await rig.Check.RunAsync(default)).First(f => f.Subject == "certificate");

        finding.Level.ShouldBe(level);
        finding.Message.ShouldContain(days < 0 ? "expired" : "more days");
        (finding.Advice is null).ShouldBe(level == MeshFindingLevel.Good);
    }

    [Theory]
    [InlineData("password.txt", "PasswordFile")]
    [InlineData("shared-key.txt", "SharedKeyFile")]
    public async Task Wrong_secrets_fail_with_advice(string file, string key)
    {
        await using var rig = Rig(fixture.Server);
        rig.Folder.Write("wrong", file);

        var findings = await rig.Check.RunAsync(default);

        var handshake = findings.Single(f => f.Subject == "handshake");
        handshake.Level.ShouldBe(MeshFindingLevel.Failure);
        handshake.Advice!.ShouldContain(key);
        findings.Single(f => f.Subject == "clock").Level.ShouldBe(MeshFindingLevel.Good);
        findings.ShouldNotContain(f => f.Subject == "inbox");
        MeshCheck.Failed(findings).ShouldBeTrue();
    }

    [Fact]
    public async Task A_missing_file_fails_with_its_key()
    {
        await using var rig = Rig(fixture.Server);
        File.Delete(rig.Folder["client.pem"]);

        var finding = (await rig.Check.RunAsync(default)).ShouldHaveSingleItem();

        finding.Level.ShouldBe(MeshFindingLevel.Failure);
        finding.Message.ShouldContain("ClientCertificateFile");
    }

    [Fact]
    public async Task A_server_that_cannot_be_trusted_or_reached_fails_with_advice()
    {
        await using var server = await MeshServer.StartAsync(TestCertificates.WrongAuthority);
        await using var rig = Rig(server);
        (await rig.Check.RunAsync(default)).Single(f => f.Subject == "handshake").Advice!.ShouldContain("TrustedRootsFile");

        rig.Options = rig.Options with { Url = "https://127.0.0.1:9" };
        await rig.RestartAsync();
        (await rig.Check.RunAsync(default)).Single(f => f.Subject == "handshake").Advice!.ShouldContain("Url");
    }

    [Fact]
    public async Task A_recipient_or_workflow_that_mesh_does_not_list_is_a_warning()
    {
        await using var rig = Rig(fixture.Server);
        rig.Options = rig.Options with { Recipient = "NOBODY01", WorkflowIds = rig.Options.WorkflowIds with { Inactive = "WF_MISSPELT" } };

        var findings = await rig.Check.RunAsync(default);

        findings.Single(f => f.Subject == "recipient").Level.ShouldBe(MeshFindingLevel.Warning);
        findings.Where(f => f.Level == MeshFindingLevel.Warning && f.Subject == "workflow").ShouldHaveSingleItem().Message.ShouldContain("WorkflowIds:Inactive");
        MeshCheck.Failed(findings).ShouldBeFalse();
    }

    [Fact]
    public async Task An_inbox_that_cannot_be_listed_fails()
    {
        await using var rig = Rig(fixture.Server);
        rig.Mailbox.Faults = (call, _) => call == "list" ? Fault.Answer(400) : null;

        var findings = await rig.Check.RunAsync(default);

        findings.Single(f => f.Subject == "inbox").Level.ShouldBe(MeshFindingLevel.Failure);
    }

    [Fact]
    public async Task Mailboxes_are_looked_up_by_organisation_and_workflow_without_a_token()
    {
        await using var rig = Rig(fixture.Server);
        var client = new MeshApiClient(rig.HttpClients, rig.Options, rig.Clock, Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance);

        (await client.FindAsync("X26", "WF_UPLOAD", default)).ShouldBe(["CPIS001"]);
        (await client.FindAsync("X26", "NOTHING", default)).ShouldBeEmpty();
    }
}
