using CpIs.Batch.Ingest;
using CpIs.Domain.Values;
using CpIs.Transport;
using Shouldly;
using static CpIs.Batch.Tests.Ingest.IngestWorld;

namespace CpIs.Batch.Tests.Ingest;

/// <summary>The program dies at every point at which it looks at the clock or talks to the transport; the next run ends in the same state.</summary>
public class BrokenOffIngestTests
{
    private static readonly string[] s_state =
    [
        "SELECT access_id, person_id, nhs_number, accessed_at, query_id, received_at, dedupe_key, through_mother, pattern_pending FROM cpis_access_audit ORDER BY access_id",
        "SELECT alert_type, person_id, recipient_kind, recipient_id, issued_on, due_on, subject, description, status, completed_by, cause, inbound_id FROM cpis_alert ORDER BY 1, 2, 3, 4, 11",
        "SELECT * FROM cpis_ledger ORDER BY 1, 2, 3",
        "SELECT file_number, record_number, outcome, answer_code, answered_at FROM cpis_file_record ORDER BY 1, 2",
        "SELECT inbound_id, sha256, kind, status, is_filed, received_at FROM cpis_inbound ORDER BY 1",
        "SELECT inbound_id, item_name FROM cpis_delivery ORDER BY 1, 2",
        "SELECT inbound_id, is_whole, reason, resolved_at FROM cpis_quarantine ORDER BY 1",
        "SELECT nhs_number, replacements FROM cpis_inactive_number ORDER BY 1",
        "SELECT file_number, codes, effect, is_first FROM cpis_answer ORDER BY 1, 2",
    ];

    [Fact]
    public async Task K3_killed_anywhere_and_run_again_ends_as_if_nothing_had_happened()
    {
        var expected = await RunAsync(clockReads: null, transportCalls: null);
        expected.Died.ShouldBeFalse();
        expected.State.ShouldContain(line => line.Contains("access-pattern", StringComparison.Ordinal));

        var deaths = 0;
        foreach (var byClock in new[] { true, false })
        {
            for (var point = 1; ; point++)
            {
                var run = await RunAsync(byClock ? point : null, byClock ? null : point);
                if (!run.Died)
                {
                    break;
                }

                deaths++;
                var where = $"died at {(byClock ? "clock" : "transport")} {point}";
                run.State.Except(expected.State).ShouldBeEmpty(where);
                expected.State.Except(run.State).ShouldBeEmpty(where);
                run.State.Count.ShouldBe(expected.State.Count, where);
            }
        }

        deaths.ShouldBeGreaterThan(30);
    }

    private static async Task<(bool Died, IReadOnlyList<string> State)> RunAsync(int? clockReads, int? transportCalls)
    {
        using var world = await CreateAsync();
        world.Person("P1", "9990000018");
        world.Person("M1", "9990000034", "Mary", planStart: null);
        world.Person("U1", null, mother: "M1", unborn: true);
        await world.TellAsync(Record("P1", "9990000018", PlanType.Cpp), Record("M1", "9990000034", PlanType.Ucpp, children: ["U1"]));

        // An access of an earlier run that can be matched now.
        world.Receive("early.csv", AccessHeader + "Q0,2026-03-08T10:00:00Z,9990000026,,Jo,Nurse,RXX,Hospital,\n");
        await world.IngestAsync();
        world.Person("P2", "9990000026", "Bo");

        world.Receive("a.csv", AccessHeader
            + "Q1,2026-03-09T10:00:00Z,9990000018,,Jo,Nurse,RXX,Hospital,\n"
            + "Q2,2026-03-09T11:00:00Z,9990000018,,Jo,Nurse,RYY,Hospital,\n"
            + "Q3,2026-03-09T12:00:00Z,9990000034,,Jo,Nurse,RYY,Hospital,\n"
            + "Q4,2026-03-09T12:00:00Z,9990000069,,Jo,Nurse,RYY,Hospital,\n");
        world.Receive("b.csv", AnswerHeader + "1,CPF03,1,9990000018,CPP,CPR01,\n1,CPF03,2,9990000034,UCPP,CPR06,\n");
        world.Receive("c.csv", InactiveHeader + "9990000018,,,\n");
        world.Receive("d.csv", "rubbish");

        var transport = new MortalTransport(world.Folder()) { CallsLeft = transportCalls };
        world.Clock.ReadsLeft = clockReads;
        var died = false;
        try
        {
            await world.IngestAsync(new IngestInput.Waiting(transport));
        }
        catch (MachineDiedException)
        {
            died = true;
        }

        world.Clock.ReadsLeft = null;
        if (died)
        {
            await world.IngestAsync();
        }

        var state = s_state.SelectMany(world.Rows)
            .Concat(new[] { world.Data.Archive, world.Data.Quarantine, world.Inbox }.SelectMany(f => Directory.GetFiles(f).Order(StringComparer.Ordinal).Select(p => Path.GetFileName(p) + " " + File.ReadAllText(p))))
            .ToList();
        return (died, state);
    }

    /// <summary>The folder transport, until the machine dies before or after one of its deeds.</summary>
    private sealed class MortalTransport(ITransport inner) : ITransport
    {
        public int? CallsLeft { get; set; }

        public string Kind => inner.Kind;

        public Task<SendResult> SendAsync(OutboundFile file, ISendJournal journal, CancellationToken cancellationToken) => throw new NotSupportedException();

        public async IAsyncEnumerable<ReceivedItem> ReceiveAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
        {
            await foreach (var item in inner.ReceiveAsync(cancellationToken))
            {
                Live();
                yield return item;
            }
        }

        public async Task CompleteAsync(ReceivedItem item, CancellationToken cancellationToken)
        {
            Live();
            await inner.CompleteAsync(item, cancellationToken);
            Live();
        }

        public IAsyncEnumerable<ReceivedItem> ReportsAsync(CancellationToken cancellationToken) => inner.ReportsAsync(cancellationToken);

        private void Live()
        {
            if (CallsLeft is { } left && (CallsLeft = left - 1) <= 0)
            {
                throw new MachineDiedException();
            }
        }
    }
}
