using System.Security.Cryptography.X509Certificates;
using System.Text;
using CpIs.EndToEnd.Tests.Harness;
using CpIs.TestMesh;
using Shouldly;
using static CpIs.EndToEnd.Tests.MeshCouncil;

namespace CpIs.EndToEnd.Tests;

/// <summary>What the built program leaves behind of its secrets, logging all that it can.</summary>
public class MeshSecrecyProgramTests
{
    private const string Patient = "GPPROVIDER_9990000018_20100131_NETTLESHIP";

    [Fact]
    public async Task No_secret_token_or_patient_is_in_anything_that_the_program_writes_at_the_most_verbose_level()
    {
        await using var council = await StartAsync();
        var (cpis, mailbox) = (council.Program, council.Mailbox);
        var pfx = Path.Combine(cpis.Root, "client.pfx");
        File.WriteAllBytes(pfx, TestCertificates.Client.Export(X509ContentType.Pkcs12, TestCertificates.ClientPassword));
        council.Configure("CLIENTCERTIFICATEFILE", pfx);
        council.Configure("CLIENTCERTIFICATEPASSWORD", TestCertificates.ClientPassword);
        council.Configure("RECIPIENT", Patient);
        mailbox.Recipients.Add(Patient);
        cpis.Source.Write();
        cpis.Run("db", "load", "--from", cpis.Source.Folder).ShouldExit(0);
        var told = new StringBuilder();
        void Run(int expectedExit, params string[] arguments)
        {
            var finished = cpis.Run([.. arguments, "--log-level", "debug"]);
            finished.ShouldExit(expectedExit);
            told.Append(finished.Output).Append(finished.Error);
        }

        // Every call goes wrong once, and the server repeats to us what we sent it.
        Fault Echo(int status, bool afterCommit = false) =>
            Fault.Code(status, "", "SEND", $"{mailbox.Requests[^1].Headers["Authorization"]} for {Patient}") with { AfterCommit = afterCommit };
        var faulty = new HashSet<string>(StringComparer.Ordinal);
        mailbox.Faults = (call, nth) => nth > 1 ? null : faulty.Add(call) ? call switch
        {
            "handshake" => Echo(403),
            "send" => Echo(503, afterCommit: true),
            "track-local" or "list" => Echo(425),
            "download" => new Fault(FaultKind.Corrupt),
            "acknowledge" => Echo(500),
            _ => Echo(502),
        }
        : null;
        Run(0, "nightly", "--as-of", FirstNight);
        council.Confirm(mailbox.Delivered[0], chunks: 2);
        council.Access(Numbers.Of(1), "P1", 1);
        Run(0, "nightly", "--as-of", SecondNight);
        new[] { "handshake", "send", "track-local", "list", "download", "download-chunk", "acknowledge" }.ShouldBeSubsetOf(faulty);

        // Refused for good, in the middle of everything and by the check.
        mailbox.Faults = (call, _) => call is "list" or "look" ? Echo(403) : null;
        Run(3, "nightly", "--as-of", ThirdNight);
        Run(3, "mesh", "check");
        Run(0, "status", "--as-of", ThirdNight);

        var logs = Directory.GetFiles(Path.Combine(cpis.Data, "logs")).Select(File.ReadAllText).ToList();
        string.Concat(logs).ShouldContain("MESH Handshake");
        var tokens = mailbox.Requests.Select(r => r.Headers["Authorization"].Split(':')).SelectMany(t => new[] { t[1], t[4] }).ToList();
        tokens.Count.ShouldBeGreaterThan(40);
        string[] secrets = [mailbox.Password, MeshServer.SharedKey, TestCertificates.ClientPassword, "NHSMESH", "GPPROVIDER_", "NETTLESHIP", .. tokens];
        foreach (var file in Directory.GetFiles(cpis.Data, "*", SearchOption.AllDirectories))
        {
            var text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
            secrets.ShouldNotContain(secret => text.Contains(secret, StringComparison.OrdinalIgnoreCase), file);
        }

        string[] people = ["Quillfeather", "Brambleworth", Numbers.Of(1), Numbers.Of(2), "2018-05-04", "20180504", "2012-01-31", "20120131", "Nora"];
        foreach (var text in logs.Append(told.ToString()))
        {
            secrets.Concat(people).ShouldNotContain(word => text.Contains(word, StringComparison.OrdinalIgnoreCase), text);
        }
    }
}
