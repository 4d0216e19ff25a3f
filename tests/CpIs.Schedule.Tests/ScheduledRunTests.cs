using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Batch.Schedule;
using CpIs.Batch.Telemetry;
using CpIs.Schedule.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace CpIs.Schedule.Tests;

/// <summary>One firing of a job, and what becomes of how it ended.</summary>
public sealed class ScheduledRunTests : IDisposable
{
    private readonly Rig _rig = new();

    private string Data => _rig.Path_("data");

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task What_could_not_finish_is_worth_another_try_and_what_is_wrongly_set_up_is_not()
    {
        Directory.CreateDirectory(Data);
        (await RunAsync(Order("nightly"))).ShouldBeTrue("exit code 2: there is no database");

        _rig.Write("data/cpis.db", "This is no database, although it is long enough to be looked at as one, header and all, for what it says.");
        (await RunAsync(Order("nightly"))).ShouldBeFalse("exit code 3");
    }

    [Fact]
    public async Task A_run_begun_by_hand_is_waited_for_or_makes_the_job_skip()
    {
        _rig.Run("db", "generate", "--children", "4000", "--seed", "7", "--out", "big", "--quiet").ExitCode.ShouldBe(0);
        _rig.Run("db", "init", "--quiet").ExitCode.ShouldBe(0);
        _rig.Run("db", "load", "--from", "big", "--quiet").ExitCode.ShouldBe(0);
        using var byHand = _rig.Start("nightly", "--quiet");
        await Rig.UntilAsync(() => Rig.Runs(Data).Count == 1, TimeSpan.FromSeconds(60), () => byHand.Said);

        (await RunAsync(Order("ingest-access") with { Missed = MissedPolicy.Skip })).ShouldBeTrue();
        Rig.Runs(Data, "ingest-access").ShouldBeEmpty("it met the other run");

        (await RunAsync(Order("ingest-access"))).ShouldBeTrue();
        byHand.Process.HasExited.ShouldBeTrue();
        Rig.Runs(Data, "ingest-access").Single()["status"].ShouldBe("done");
    }

    [Fact]
    public async Task A_job_taken_over_is_not_done_again_when_it_was_done_in_time()
    {
        _rig.CreateCouncil(Data);
        var due = TimeProvider.System.GetUtcNow();
        _rig.Run("reconcile", "--quiet").ExitCode.ShouldBe(0);

        (await RunAsync(Order("reconcile"), again: true, due)).ShouldBeTrue();
        Rig.Runs(Data, "reconcile").Count.ShouldBe(1);

        (await RunAsync(Order("reconcile"), again: true, TimeProvider.System.GetUtcNow())).ShouldBeTrue();
        Rig.Runs(Data, "reconcile").Count.ShouldBe(2, "the run was before the time that this firing is for");

        (await RunAsync(Order("reconcile"), again: false, due)).ShouldBeTrue();
        Rig.Runs(Data, "reconcile").Count.ShouldBe(3, "an ordinary firing does not ask");
    }

    private JobOrder Order(string command) => new("job", "council", Config: null, Data, [command, "--quiet"], command, MissedPolicy.RunOnce, TimeSpan.FromMinutes(2));

    private Task<bool> RunAsync(JobOrder order, bool again = false, DateTimeOffset? due = null)
    {
        var environment = new ProgramEnvironment(TextWriter.Null, TextWriter.Null, false, false, _rig.Root, [], TimeProvider.System);
        var settings = SettingsLoader.Load(null, _rig.Root, []);
        var run = new ScheduledRun(
            NullLoggerFactory.Instance, TimeProvider.System, new JobProcess(TimeProvider.System, TimeSpan.FromSeconds(30)), new TelemetryVariables(environment, settings), _rig.Root);
        return run.RunAsync(order, again, due ?? TimeProvider.System.GetUtcNow(), CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(3));
    }
}
