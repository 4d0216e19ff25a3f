using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using CpIs.Transport.MeshApi;
using CpIs.TestMesh;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

public sealed partial class MeshSecrecyTests(MeshServerFixture fixture) : IClassFixture<MeshServerFixture>
{
    private const string Patient = "GPPROVIDER_9990000018_20100131_QUILLFEATHER";
    private const string Content = "<upload><family>QUILLFEATHER</family><nhs>9990000018</nhs><born>2010-01-31</born></upload>";

    [Fact]
    public async Task No_secret_token_patient_or_content_is_in_any_log_result_or_exception_at_the_most_verbose_level()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { Recipient = Patient, ChunkBytes = 40 });
        File.WriteAllBytes(rig.Folder["client.pfx"], TestCertificates.Client.Export(X509ContentType.Pkcs12, TestCertificates.ClientPassword));
        rig.Options = rig.Options with { ClientCertificateFile = rig.Folder["client.pfx"], ClientCertificatePassword = TestCertificates.ClientPassword };
        rig.Mailbox.Recipients.Add(Patient);
        var told = new List<string> { rig.Options.ToString() };

        // Every call goes wrong in every way once, and the server repeats our headers back to us.
        Fault?[] faults =
        [
            Echo(rig, 403), Echo(rig, 400), Echo(rig, 417), Echo(rig, 500), Echo(rig, 429), new Fault(FaultKind.Reset), new Fault(FaultKind.Hang),
            new Fault(FaultKind.Truncate), new Fault(FaultKind.Corrupt), Fault.Page(502), null,
        ];
        foreach (var call in new[] { "handshake", "send", "chunk", "track-local", "track", "list", "download", "acknowledge" })
        {
            foreach (var fault in faults)
            {
                rig.Mailbox.Faults = (c, _) => c == call ? fault : c == "send" && call is "track-local" or "track" ? new Fault(FaultKind.Reset, AfterCommit: true) : null;
                rig.Mailbox.Deliver(Content, "WF_ACCESS");
                rig.State.Values.Clear();
                await TellAsync(told, async () => (await rig.SendAsync(1, Content)).ToString());
                await TellAsync(told, async () =>
                {
                    await rig.TakeAllAsync();
                    return rig.Transport.Tally.ToString() + string.Join(';', rig.Transport.Tally.Delayed);
                });
            }
        }

        await TellAsync(told, async () => string.Join(';', await rig.Check.RunAsync(default)));

        var requests = rig.Mailbox.Requests;
        requests.Count.ShouldBeGreaterThan(200);
        rig.Log.Count.ShouldBeGreaterThan(200);
        rig.Log.ShouldNotContain(line => line.Contains("System.Net.Http"));
        string[] secrets = [rig.Mailbox.Password, MeshServer.SharedKey, TestCertificates.ClientPassword, "NHSMESH", "GPPROVIDER_", "QUILLFEATHER", "9990000018", "2010-01-31", "20100131"];
        var tokens = requests.Where(r => r.Headers.ContainsKey("Authorization")).SelectMany(r => r.Headers["Authorization"].Split(':')[1..]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        tokens.Count.ShouldBeGreaterThan(400);
        foreach (var line in rig.Log.Concat(told))
        {
            secrets.ShouldNotContain(secret => line.Contains(secret, StringComparison.OrdinalIgnoreCase), line);
            Words().Matches(line).ShouldNotContain(word => word.Length > 1 && tokens.Contains(word.Value), line);
        }
    }

    /// <summary>Nonces, times and hashes are words of this kind.</summary>
    [GeneratedRegex("[0-9A-Za-z-]+")]
    private static partial Regex Words();

    [Fact]
    public void A_log_or_a_settings_dump_shows_no_secret_by_accident()
    {
        var options = new MeshApiOptions { Password = "secret-1", SharedKey = "secret-2", ClientCertificatePassword = "secret-3" };

        $"{options}".ShouldNotContain("secret");
    }

    [Theory]
    [InlineData("refused NHSMESH LA1:x:0:202603020100:abcdef for you", "refused (token) for you")]
    [InlineData("to gpprovider_9990000018_x and 999 000 0018 or 999-000-0018.", "to (recipient) and (number) or (number).")]
    [InlineData("id 20260302010000000001_AB12CD and 12345678901 stay", "id 20260302010000000001_AB12CD and 12345678901 stay")]
    [InlineData("a\r\nb\tc", "a  b c")]
    [InlineData("   ", null)]
    [InlineData(null, null)]
    public void Text_from_elsewhere_is_made_harmless(string? text, string? expected) => SafeText.Of(text).ShouldBe(expected);

    [Fact]
    public void Text_from_elsewhere_is_cut() => SafeText.Of(new string('a', 5000))!.Length.ShouldBe(301);

    private static Fault Echo(MeshRig rig, int status) =>
        Fault.Code(status, "", "SEND", $"NHSMESH {rig.Mailbox.Id}:n:0:t:h Mex-To {Patient} 9990000018") with { Headers = new Dictionary<string, string> { ["Retry-After"] = "1" } };

    private static async Task TellAsync(List<string> told, Func<Task<string>> action)
    {
        try
        {
            told.Add(await action());
        }
        catch (TransportException e)
        {
            told.Add(e.ToString());
        }
    }
}
