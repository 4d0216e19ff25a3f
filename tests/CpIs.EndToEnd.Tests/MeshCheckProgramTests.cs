using System.Text.Json;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary><c>cpis mesh check</c> as an operator runs it, against a server on a real HTTPS socket.</summary>
public class MeshCheckProgramTests
{
    [Fact]
    public async Task It_ends_with_0_where_all_is_well_and_with_3_and_advice_where_it_is_not()
    {
        await using var council = await MeshCouncil.StartAsync();
        var mailbox = council.Mailbox;
        mailbox.Deliver("<a/>", "WF_ACCESS");

        // Searched by workflow it is not found, by the council's own code it is.
        mailbox.IsUnlistedByWorkflow = true;
        var good = Check(council, 0);
        good.ShouldAllBe(f => f.Level == "good" && f.Advice.Length == 0);
        good.Select(f => f.Subject).Distinct().ShouldBe(["certificate", "trust", "handshake", "clock", "inbox", "recipient", "workflow"]);
        good.Single(f => f.Subject == "inbox").Message.ShouldContain("1 messages");
        good.First(f => f.Subject == "certificate").Message.ShouldContain("more days");
        mailbox.Requests.Select(r => r.Call).ShouldBe(["handshake", "list"]);
        council.Server.Lookups.ShouldContain("endpointlookup/Y12/WF_ACCESS");
        File.Exists(council.Program.DatabasePath).ShouldBeFalse();

        council.Configure("WORKFLOWIDS__INACTIVE", "WF_MISSPELT");
        var warned = Check(council, 0).Single(f => f.Level == "warning");
        warned.Message.ShouldContain("Transport:MeshApi:WorkflowIds:Inactive");
        warned.Advice.ShouldNotBeEmpty();

        mailbox.ClockOffset = TimeSpan.FromHours(3);
        var late = Check(council, 3);
        late.Single(f => f.Subject == "clock").Level.ShouldBe("failure");
        late.Single(f => f.Subject == "clock").Advice.ShouldContain("clock");
        mailbox.ClockOffset = TimeSpan.Zero;

        council.Write("shared-key.txt", "wrong-key-9Z");
        var refused = Check(council, 3);
        refused.Single(f => f.Subject == "handshake").Level.ShouldBe("failure");
        refused.Single(f => f.Subject == "handshake").Advice.ShouldContain("SharedKeyFile");
        refused.Single(f => f.Subject == "clock").Level.ShouldBe("good");

        // And the table for people says the same.
        var shown = council.Program.Run("mesh", "check");
        shown.ShouldExit(3);
        shown.Output.ShouldContain("handshake");
        (shown.Output + shown.Error).ShouldNotContain("wrong-key-9Z");
    }

    private static List<(string Level, string Subject, string Message, string Advice)> Check(MeshCouncil council, int expectedExit)
    {
        var finished = council.Program.Run("mesh", "check", "--json");
        finished.ShouldExit(expectedExit);
        return [.. JsonDocument.Parse(finished.Output).RootElement.GetProperty("findings").EnumerateArray().Select(f => (
            f.GetProperty("level").GetString()!, f.GetProperty("subject").GetString()!, f.GetProperty("message").GetString()!, f.GetProperty("advice").GetString() ?? string.Empty))];
    }
}
