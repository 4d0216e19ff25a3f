using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using CpIs.EndToEnd.Tests.Harness;
using CpIs.TestMesh;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>
/// A council whose built program speaks to a MESH server over HTTPS on a loopback socket, on the machine's own clock. CP-IS's side reads
/// what the server took and answers through the council's mailbox.
/// </summary>
public sealed class MeshCouncil : IAsyncDisposable
{
    public const string FirstNight = "2026-03-10";
    public const string SecondNight = "2026-03-11";
    public const string ThirdNight = "2026-03-12";
    private const string Section = "CPIS__TRANSPORT__MESHAPI__";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private readonly CpIsSide _side;
    private readonly string _taken;

    private MeshCouncil(MeshServer server)
    {
        Server = server;
        Mailbox = server.AddMailbox(TimeProvider.System);
        Mailbox.OdsCode = "Y12";
        _taken = Path.Combine(Program.Root, "cp-is-side");
        _side = new CpIsSide(_taken, Path.Combine(Program.Root, "cp-is-answers")) { OdsCode = "Y12", CouncilName = "OTHERTON COUNCIL" };
        Mailbox.Acknowledging = CheckStored;
        foreach (var (key, value) in new[] { ("CODE", "Y12"), ("ODSCODE", "Y12"), ("NAME", "OTHERTON COUNCIL"), ("EMERGENCYDUTYPHONE", "01632960002") })
        {
            Program.Configure("CPIS__AUTHORITY__" + key, value);
        }

        Program.Configure("CPIS__TRANSPORT__KIND", "mesh-api");
        Configure("URL", server.Url);
        Configure("MAILBOX", Mailbox.Id.ToLowerInvariant());
        Configure("RECIPIENT", "CPIS001");
        Configure("WORKFLOWIDS__UPLOAD", "WF_UPLOAD");
        Configure("WORKFLOWIDS__ACKNOWLEDGEMENT", "WF_RESPONSE");
        Configure("WORKFLOWIDS__ACCESS", "WF_ACCESS");
        Configure("WORKFLOWIDS__INACTIVE", "WF_INACTIVE");
        Configure("PASSWORDFILE", Write("password.txt", Mailbox.Password + "\n"));
        Configure("SHAREDKEYFILE", Write("shared-key.txt", MeshServer.SharedKey + "\n"));
        Configure("CLIENTCERTIFICATEFILE", Write("client.pem", TestCertificates.ClientPem));
        Configure("TRUSTEDROOTSFILE", Write("roots.pem", TestCertificates.RootPem));
        Configure("WAITBEFORERESENDSECONDS", "5");
    }

    /// <summary>The built program on a data folder of its own.</summary>
    public Cpis Program { get; } = new();

    public MeshServer Server { get; }

    /// <summary>The council's mailbox, as the server has it.</summary>
    public MeshMailbox Mailbox { get; }

    /// <summary>Messages that were acknowledged before the database held them; must stay empty.</summary>
    public ConcurrentQueue<string> AcknowledgedTooEarly { get; } = new();

    /// <summary>Starts the server and sets the program up: P1 has a child protection plan, P2 is looked after.</summary>
    public static async Task<MeshCouncil> StartAsync()
    {
        var council = new MeshCouncil(await MeshServer.StartAsync());
        var source = council.Program.Source;
        source.Person("P1", Numbers.Of(1), "Quillfeather", "Olive", "2018-05-04");
        source.Plan("L1", "P1", "2026-01-15");
        source.Person("P2", Numbers.Of(2), "Brambleworth", "Toby", "2012-01-31");
        source.Status("S2", "P2", "C2", "2025-06-01");
        return council;
    }

    /// <summary>Sets a key of <c>Transport:MeshApi</c> for all further runs.</summary>
    public void Configure(string key, string value) => Program.Configure(Section + key, value);

    /// <summary>A night over care data that has not changed since it was loaded.</summary>
    public Night QuietNight(string asOf, int expectedExit = 0) => new(Program, Program.Json(expectedExit, asOf, "nightly"));

    /// <summary>Puts a file beside the data folder.</summary>
    public string Write(string name, string content)
    {
        var path = Path.Combine(Program.Root, name);
        File.WriteAllText(path, content);
        return path;
    }

    /// <summary>The records of a file that MESH took.</summary>
    public IReadOnlyList<Uploaded> Read(MeshMessage upload)
    {
        Directory.CreateDirectory(_taken);
        File.WriteAllBytes(Path.Combine(_taken, upload.FileName!), upload.Content());
        return _side.Read(NumberOf(upload));
    }

    /// <summary>CP-IS confirms every record of a file.</summary>
    public MeshMessage Confirm(MeshMessage upload, int chunks = 1) =>
        Deliver(_side.Acknowledge(NumberOf(upload), "CPF02", [.. Read(upload).Select(r => (r, "CPR06"))]), "WF_RESPONSE", chunks, upload.LocalId);

    /// <summary>Somebody looked at a record.</summary>
    public MeshMessage Access(string number, string localId, long file) =>
        Deliver(_side.Access((Guid.NewGuid(), "20260310231500+0000", number, localId, file, "Nora", "RXX")), "WF_ACCESS", chunks: 2);

    public MeshMessage Inactive(string number, string localId, long file, string replacement) =>
        Deliver(_side.Inactive(number, localId, file, replacement), "WF_INACTIVE");

    public static long NumberOf(MeshMessage upload) =>
        long.Parse(Path.GetFileNameWithoutExtension(upload.FileName!)["upload-".Length..], CultureInfo.InvariantCulture);

    /// <summary>
    /// Runs the program and kills it, as <c>kill -9</c> does, while the server holds a request.
    /// </summary>
    /// <param name="call">The kind of request, for instance <c>send</c>.</param>
    /// <param name="nth">Which of them, of this run.</param>
    /// <param name="done">Whether the server has done what was asked, or never will.</param>
    public async Task KilledAsync(string call, int nth, bool done, params string[] arguments)
    {
        Process? process = null;
        var seen = 0;
        var dead = false;
        void Kill(string arrived)
        {
            if (arrived != call || Interlocked.Increment(ref seen) != nth)
            {
                return;
            }

            SpinWait.SpinUntil(() => Volatile.Read(ref process) is not null, s_patience).ShouldBeTrue();
            process!.Kill();
            process.WaitForExit();
            Volatile.Write(ref dead, true);
        }

        if (done)
        {
            Mailbox.Acted = Kill;
        }
        else
        {
            Mailbox.Arriving = Kill;
            Mailbox.Faults = (_, _) => Volatile.Read(ref dead) ? new Fault(FaultKind.Reset) : null;
        }

        using (var started = Program.Start(arguments))
        {
            Volatile.Write(ref process, started);
            started.StandardInput.Close();
            var output = started.StandardOutput.ReadToEndAsync();
            var error = started.StandardError.ReadToEndAsync();
            started.WaitForExit(s_patience).ShouldBeTrue();
            await Mailbox.WhenIdleAsync().WaitAsync(s_patience);
            dead.ShouldBeTrue($"It ended by itself with {started.ExitCode}. {await error} {await output}");
        }

        (Mailbox.Acted, Mailbox.Arriving, Mailbox.Faults) = (null, null, null);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Program.Dispose();
    }

    private MeshMessage Deliver(string path, string workflow, int chunks = 1, string? localId = null)
    {
        var content = File.ReadAllText(path);
        File.Delete(path);
        var hash = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(content)));
        return Mailbox.Deliver(content, workflow, localId, "sha256:" + hash, encoding: "gzip", chunks: chunks);
    }

    /// <summary>An acknowledgement may only come when the message is in the database, committed and dealt with.</summary>
    private void CheckStored(string messageId)
    {
        var rows = Program.Query($"SELECT i.status FROM cpis_delivery d JOIN cpis_inbound i ON i.inbound_id = d.inbound_id WHERE d.transport_id LIKE '{messageId}%'");
        if (rows.Count != 1 || rows[0]["status"] is not ("applied" or "quarantined"))
        {
            AcknowledgedTooEarly.Enqueue(messageId);
        }
    }
}
