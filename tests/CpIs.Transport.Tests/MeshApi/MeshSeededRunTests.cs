using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using CpIs.TestMesh;
using CpIs.Transport.Tests.Support;
using Shouldly;
using Xunit.Abstractions;

namespace CpIs.Transport.Tests.MeshApi;

/// <summary>
/// Whole histories of sending and receiving in which faults hit random requests and the process ends at random points, over real
/// HTTPS. <c>CPIS_MESH_RUNS</c> sets how many (500), <c>CPIS_MESH_SEED</c> the first seed (1); a failure names its seed.
/// </summary>
public sealed class MeshSeededRunTests(MeshServerFixture fixture, ITestOutputHelper output) : IClassFixture<MeshServerFixture>
{
    private const int MostNights = 60;

    [Fact]
    public async Task Whatever_breaks_off_every_file_arrives_once_or_is_flagged_and_every_message_is_applied_once()
    {
        var count = Number("CPIS_MESH_RUNS", 500);
        var first = Number("CPIS_MESH_SEED", 1);
        var histories = new ConcurrentBag<History>();

        await Parallel.ForEachAsync(
            Enumerable.Range(first, count),
            new ParallelOptions { MaxDegreeOfParallelism = 4 },
            async (seed, _) =>
            {
                var history = new History(seed);
                histories.Add(history);
                try
                {
                    await history.LiveAsync(fixture.Server);
                }
                catch (Exception e)
                {
                    throw new InvalidOperationException($"Seed {seed} failed: {e.Message} After: {string.Join(", ", history.Events.TakeLast(60))}", e);
                }
            });

        output.WriteLine(
            $"{histories.Count} runs: {histories.Sum(h => h.Requests)} requests, {histories.Sum(h => h.Faults)} faults, {histories.Sum(h => h.Crashes)} crashes, "
            + $"{histories.Sum(h => h.Files)} files of which {histories.Sum(h => h.Risks)} flagged, {histories.Sum(h => h.Doubles)} of them delivered twice, {histories.Sum(h => h.Messages)} messages.");

        // A harness that injects nothing would pass too, and so would a transport that flags everything.
        if (count >= 100)
        {
            histories.Average(h => h.Faults).ShouldBeGreaterThan(4);
            histories.Average(h => h.Crashes).ShouldBeGreaterThan(1);
            histories.Sum(h => h.Risks).ShouldBeLessThan(histories.Sum(h => h.Files) / 10);
        }
    }

    private static int Number(string variable, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : otherwise;

    private sealed class History(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly Lock _lock = new();
        private int _faultsLeft = 14;
        private int _crashesLeft = 6;
        private readonly ConcurrentQueue<string> _acknowledgedTooEarly = new();
        private Action _end = () => { };

        public ConcurrentQueue<string> Events { get; } = new();

        public int Requests { get; private set; }

        public int Faults { get; private set; }

        public int Crashes { get; private set; }

        public int Files { get; private set; }

        public int Risks { get; private set; }

        public int Doubles { get; private set; }

        public int Messages { get; private set; }

        public async Task LiveAsync(MeshServer server)
        {
            EngineFile? engine = null;
            var process = new CancellationTokenSource();
            _end = process.Cancel;
            var chunkBytes = Draw(20, 200);
            await using var rig = new MeshRig(
                server,
                o => o with { ChunkBytes = chunkBytes, Compress = Chance(0.8) },
                state: (folder, clock) => new Reopened(() => engine ??= new EngineFile(folder["engine.txt"], clock, CrashPoint)));
            EngineFile Engine() => engine ??= new EngineFile(rig.Folder["engine.txt"], rig.Clock, CrashPoint);
            var mailbox = rig.Mailbox;
            mailbox.LargestPage = Draw(1, 4);
            var files = Enumerable.Range(1, Draw(1, 4)).Select(n => rig.Folder.Payload(n, Content(n))).ToList();
            var messages = Enumerable.Range(0, Draw(0, 5)).Select(n => Deliver(mailbox, n)).ToList();
            var ours = messages.Where(m => m.WorkflowId != "SOMEONE_ELSES").ToList();
            mailbox.Faults = Choose;
            mailbox.Arriving = _ => Kill("in a request");

            // Not asserted here: what is thrown inside the server would only be one more fault that passes.
            mailbox.Acknowledging = id =>
            {
                if (!Engine().Stored.ContainsKey(id))
                {
                    _acknowledgedTooEarly.Enqueue(id);
                }
            };

            for (var night = 1; ; night++)
            {
                night.ShouldBeLessThan(MostNights, "no end");
                if (night > MostNights / 2)
                {
                    (_faultsLeft, _crashesLeft) = (0, 0);
                }

                var whole = false;
                try
                {
                    whole = await NightAsync(rig, Engine, files, process.Token);
                }
                catch (Exception e) when (e is CrashException or TransportException or OperationCanceledException)
                {
                    Events.Enqueue(e.GetType().Name);
                }

                // The process ends after every night, as it does under a scheduler; what was in memory is gone.
                await rig.RestartAsync();
                await mailbox.WhenIdleAsync();
                engine = null;
                process.Dispose();
                process = new CancellationTokenSource();
                _end = process.Cancel;
                if (whole && _faultsLeft == 0)
                {
                    break;
                }

                if (whole)
                {
                    _faultsLeft = Chance(0.5) ? 0 : _faultsLeft;
                }

                rig.Clock.Advance(TimeSpan.FromMinutes(Draw(1, 1500)));
            }

            process.Dispose();
            Check(Engine(), mailbox, files, ours, messages);
            Requests = mailbox.Requests.Count;
        }

        private async Task<bool> NightAsync(MeshRig rig, Func<EngineFile> engine, List<OutboundFile> files, CancellationToken cancellationToken)
        {
            var transport = rig.Transport;
            await foreach (var item in transport.ReceiveAsync(cancellationToken))
            {
                if (!engine().Stored.ContainsKey(item.TransportId))
                {
                    item.Problem.ShouldBeNull();
                    var content = item.ContentPath is null ? "report " + item.Report!.Code : await File.ReadAllTextAsync(item.ContentPath, cancellationToken);
                    await engine().StoreAsync(item.TransportId, Payloads.Sha256(content));
                }

                CrashPoint("complete:before");
                await transport.CompleteAsync(item, cancellationToken);
                CrashPoint("complete:after");
            }

            foreach (var file in files.Where(f => engine().EndOf(f.LocalId) is null))
            {
                var result = await transport.SendAsync(file with { Begun = engine().BegunOf(file.LocalId) }, engine(), cancellationToken);
                Events.Enqueue($"{file.FileNumber.Value} {result.Outcome}{(result.DuplicateRisk ? " at risk" : "")}");
                await engine().EndAsync(file.LocalId, result);
            }

            return transport.Tally.Delayed.Count == 0 && files.TrueForAll(f => engine().EndOf(f.LocalId) is not null || engine().IsAtRisk(f.LocalId));
        }

        private void Check(EngineFile engine, MeshMailbox mailbox, List<OutboundFile> files, List<MeshMessage> ours, List<MeshMessage> all)
        {
            foreach (var file in files)
            {
                var delivered = mailbox.Delivered.Where(m => m.LocalId == file.LocalId).ToList();
                if (!engine.IsAtRisk(file.LocalId))
                {
                    delivered.Count.ShouldBe(1, $"file {file.FileNumber.Value}");
                    engine.EndOf(file.LocalId).ShouldBe(SendOutcome.Accepted);
                }

                delivered.ShouldAllBe(m => Payloads.Sha256(Encoding.UTF8.GetString(m.Content())) == file.Sha256);
                Files++;
                Risks += engine.IsAtRisk(file.LocalId) ? 1 : 0;
                Doubles += delivered.Count > 1 ? 1 : 0;
            }

            _acknowledgedTooEarly.ShouldBeEmpty("acknowledged before it was stored");
            mailbox.Requests.Select(r => r.Headers["Authorization"]).ShouldBeUnique();
            engine.StoredTwice.ShouldBe(0);
            engine.Stored.Keys.Order(StringComparer.Ordinal).ShouldBe(ours.Select(m => m.Id).Order(StringComparer.Ordinal));
            foreach (var message in ours)
            {
                message.Status.ShouldBe("acknowledged");
                engine.Stored[message.Id].ShouldBe(Payloads.Sha256(message.IsReport ? "report " + message.StatusCode : Encoding.UTF8.GetString(message.Content())));
            }

            all.Except(ours).ShouldAllBe(m => m.Status == "accepted");
            Messages += ours.Count;
        }

        private MeshMessage Deliver(MeshMailbox mailbox, int number)
        {
            if (Chance(0.2))
            {
                return mailbox.Report(Chance(0.5) ? "14" : "15", "M1", "L1", Chance(0.8) ? "WF_UPLOAD" : null);
            }

            string[] workflows = ["WF_RESPONSE", "WF_ACCESS", "WF_INACTIVE", "SOMEONE_ELSES"];
            var content = Content(100 + number);
            return mailbox.Deliver(
                content, workflows[Draw(0, 4)], encoding: Chance(0.5) ? "gzip" : null, chunks: Draw(1, 4), checksum: Chance(0.5) ? Payloads.Sha256(content) : null);
        }

        private string Content(int number) => string.Join(',', Enumerable.Range(number, Draw(5, 150)));

        /// <summary>Faults of every kind; those for which one refusal is the end of a file are in the table of errors.</summary>
        private Fault? Choose(string call, int nth)
        {
            lock (_lock)
            {
                if (_faultsLeft == 0 || _random.NextDouble() > 0.2)
                {
                    return null;
                }

                _faultsLeft--;
                Faults++;
                int[] statuses = [403, 408, 425, 429, 500, 502, 503, 504];
                var after = _random.NextDouble() < 0.5;
                var status = statuses[_random.Next(statuses.Length)];
                var fault = _random.Next(9) switch
                {
                    // What says that nothing was taken must not have been.
                    0 or 1 => new Fault(FaultKind.Answer, status, AfterCommit: after && status is 408 or >= 500),
                    2 => Fault.Page(502) with { AfterCommit = after },
                    3 => new Fault(FaultKind.Reset, AfterCommit: after),
                    4 => call is "send" or "chunk" ? new Fault(FaultKind.ResetInBody) : new Fault(FaultKind.Reset),
                    5 => new Fault(FaultKind.Hang, AfterCommit: after),
                    6 => call is "send" or "chunk" or "acknowledge" ? new Fault(FaultKind.HangThenCommit, _random.Next(1, 4)) : new Fault(FaultKind.Hang),
                    7 => new Fault(FaultKind.Truncate),
                    _ => call is "download" or "download-chunk" ? new Fault(FaultKind.Corrupt) : new Fault(FaultKind.Truncate),
                };
                Events.Enqueue($"{call}#{nth} {fault.Kind}{(fault.Kind == FaultKind.Answer ? fault.Status : "")}{(fault.AfterCommit ? " after commit" : "")}");
                return fault;
            }
        }

        private void CrashPoint(string point)
        {
            if (Kill(point))
            {
                throw new CrashException(point);
            }
        }

        private bool Kill(string where)
        {
            lock (_lock)
            {
                if (_crashesLeft == 0 || _random.NextDouble() > 0.04)
                {
                    return false;
                }

                _crashesLeft--;
                Crashes++;
                Events.Enqueue("killed " + where);
            }

            _end();
            return true;
        }

        private int Draw(int from, int below)
        {
            lock (_lock)
            {
                return _random.Next(from, below);
            }
        }

        private bool Chance(double probability)
        {
            lock (_lock)
            {
                return _random.NextDouble() < probability;
            }
        }
    }

    /// <summary>The state as whichever process is alive has it.</summary>
    private sealed class Reopened(Func<EngineFile> engine) : ITransportState
    {
        public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => engine().GetAsync(key, cancellationToken);

        public Task SetAsync(string key, string? value, CancellationToken cancellationToken) => engine().SetAsync(key, value, cancellationToken);
    }
}
