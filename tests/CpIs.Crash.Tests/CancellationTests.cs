using System.Globalization;
using CpIs.Crash.Tests.Harness;
using Shouldly;
using Xunit.Abstractions;

namespace CpIs.Crash.Tests;

/// <summary>Ctrl-C and SIGTERM stop the engine soon, with exit code 130, and the next run goes on.</summary>
[Collection("engine")]
public sealed class CancellationTests(ITestOutputHelper output)
{
    private const int Interrupted = 130;


    /// <summary>The promise is 5 seconds; a machine that is busy with other tests gets more.</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(20);

    [Fact]
    public async Task Interrupted_at_any_moment_it_ends_as_if_nothing_had_happened()
    {
        var seed = Wanted.Seed + 3;
        var expected = await History.LiveAsync(seed, mesh: false, Misfortune.None);
        var random = new Random(seed);
        for (var i = 0; i < Math.Max(2, Wanted.Kills / 75); i++)
        {
            var misfortune = new Misfortune([.. History.Days.Select(_ => (IReadOnlyList<Blow>)[Moment(random), Moment(random)])], TakeAtOnce: random.Next(2) == 0);
            var ending = await History.LiveAsync(seed, mesh: false, misfortune);
            var failure = KilledTests.Judge(expected, ending);
            failure.ShouldBeNull($"seed {seed}, {misfortune}:\n  {failure}");
        }
    }

    [Fact]
    public async Task Long_work_stops_soon()
    {
        using var history = await History.CreateAsync(Wanted.Seed);
        await LoadLargeAsync(history);
        foreach (var (point, signal, after) in new[]
                 {
                     ("run:extract-begun", Engine.SigTerm, 0), ("run:extract-begun", Engine.SigInt, 250), ("run:transform-begun", Engine.SigTerm, 250),
                     ("run:transform-begun", Engine.SigInt, 600), ("payload:begun", Engine.SigTerm, 0), ("run:transform-worked", Engine.SigTerm, 0),
                 })
        {
            await StopAsync(history, point, signal, TimeSpan.FromMilliseconds(after));
        }

        (await history.NightlyAsync(0)).ExitCode.ShouldBeOneOf(0, 5);
        history.CpIs.Take().Sum(f => f.Records.Count).ShouldBeGreaterThan(1000);
        EndState.Faults(history.Database, history.CpIs, history.Engine.Data, runEnded: true).ShouldBeEmpty();
        await StopAsync(history, "run:reconcile-begun", Engine.SigTerm, TimeSpan.FromMilliseconds(250));
    }

    [Fact]
    public async Task A_long_ingest_stops_soon_and_the_next_one_goes_on()
    {
        using var history = await History.CreateAsync(Wanted.Seed);
        for (var file = 0; file < 20; file++)
        {
            history.CpIs.Put(
                $"{file:D2}.csv",
                "query_id,accessed_at,nhs_number,local_person_id,accessed_by,job_role,organisation_code,organisation_name,upload_file_number\r\n"
                + string.Concat(Enumerable.Range(0, 400).Select(i => string.Create(CultureInfo.InvariantCulture, $"Q{file}-{i},2026-03-09T10:00:00Z,,P{i},Jo,Nurse,RXX,Hospital,\r\n"))));
        }

        await StopAsync(history, "run:ingest-access-begun", Engine.SigTerm, TimeSpan.FromMilliseconds(700));
        (await history.NightlyAsync(0)).ExitCode.ShouldBe(5);
        history.Database.Rows("SELECT COUNT(*), COUNT(DISTINCT query_id) FROM cpis_access_audit").Single().ShouldBe(["8000", "8000"]);
        history.Database.Rows("SELECT COUNT(*) FROM cpis_alert WHERE alert_type = 'unmatched-access'").Single().ShouldBe(["8000"]);
    }

    [Fact]
    public async Task Waiting_for_a_database_that_is_locked_stops_soon()
    {
        using var history = await History.CreateAsync(Wanted.Seed);
        history.LoadNight(0);
        using (history.Database.LockForWriting())
        {
            await StopAsync(history, "run:locked", Engine.SigTerm, TimeSpan.FromMilliseconds(300));
        }

        (await history.NightlyAsync(0)).ExitCode.ShouldBeOneOf(0, 5);
    }

    private static Blow Moment(Random random) =>
        new(null, After: TimeSpan.FromMilliseconds(random.Next(60, 900)), Signal: random.Next(2) == 0 ? Engine.SigInt : Engine.SigTerm);

    /// <summary>Sends the signal some time after a point has been met, and sees to it that the program leaves soon.</summary>
    private async Task StopAsync(History history, string point, int signal, TimeSpan after)
    {
        var gate = Path.Combine(history.Engine.Root, Guid.NewGuid().ToString("N"));
        await File.WriteAllTextAsync(gate, "");
        using var running = history.Engine.Start(
            Engine.With("CPIS_WAIT_AT", $"{point}#1:{gate}"), "nightly", "--as-of", History.DayOf(0), "--quiet");
        while (!File.Exists($"{gate}.reached-{running.Id}"))
        {
            running.HasExited.ShouldBeFalse();
            await Task.Delay(5);
        }

        await Task.Delay(after);
        var sent = TimeProvider.System.GetTimestamp();
        running.Signal(signal);
        var ended = await running.EndAsync();
        var took = TimeProvider.System.GetElapsedTime(sent);
        output.WriteLine($"{point}, {after.TotalMilliseconds} ms: {took.TotalMilliseconds:F0} ms to exit code {ended.ExitCode}");
        ended.ExitCode.ShouldBe(Interrupted, ended.Error);
        took.ShouldBeLessThan(s_soon);
    }

    private static async Task LoadLargeAsync(History history)
    {
        var folder = Path.Combine(history.Engine.Root, "large");
        (await history.Engine.RunAsync(null, "db", "generate", "--children", "3000", "--seed", "7", "--out", folder, "--quiet", "--as-of", History.DayOf(0))).ExitCode.ShouldBe(0);
        (await history.Engine.RunAsync(null, "db", "load", "--from", folder, "--quiet")).ExitCode.ShouldBe(0);
    }
}
