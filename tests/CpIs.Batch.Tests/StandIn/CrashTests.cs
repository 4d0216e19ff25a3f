using CpIs.Domain.Exchange;
using Shouldly;

namespace CpIs.Batch.Tests.StandIn;

/// <summary>Killed anywhere and run again: what lies on the disk after each step is taken up to the same end.</summary>
public sealed class CrashTests : IDisposable
{
    private readonly TrialSystem _trial = new();

    public void Dispose() => _trial.Dispose();

    [Fact]
    public async Task After_the_upload_was_copied()
    {
        var bytes = await _trial.UploadAsync(1, Records());
        Directory.CreateDirectory(_trial.Taken);
        File.WriteAllBytes(Path.Combine(_trial.Taken, TrialSystem.UploadName(1)), bytes);
        File.WriteAllBytes(Path.Combine(_trial.Taken, $".{TrialSystem.UploadName(1)}.tmp"), bytes[..20]);

        await ShouldEndWellAsync();
        Directory.GetFiles(_trial.Taken).Select(Path.GetFileName).ShouldBe([TrialSystem.UploadName(1)]);
    }

    [Fact]
    public async Task While_the_answer_was_written()
    {
        await _trial.UploadAsync(1, Records());
        var obstacle = await ObstacleAsync();
        (await _trial.TryAsync()).ExitCode.ShouldBe(3);
        _trial.Inbound().ShouldBeEmpty();
        _trial.Waiting.ShouldBe([TrialSystem.UploadName(1)]);

        Directory.Delete(obstacle);
        await ShouldEndWellAsync(recovered: 1);
    }

    [Fact]
    public async Task After_the_answer_was_written_and_before_that_was_noted()
    {
        var bytes = await _trial.UploadAsync(1, Records());
        await _trial.SimulateAsync();
        var answer = _trial.Inbound().Single();
        _trial.Put(TrialSystem.UploadName(1), bytes);
        _trial.Execute("UPDATE message SET sent = 0; UPDATE upload SET waits = 1");

        await ShouldEndWellAsync(recovered: 1);
        _trial.Inbound().Single().Bytes.ShouldBe(answer.Bytes);
    }

    [Fact]
    public async Task After_the_answer_was_noted_and_collected_and_before_the_upload_was_taken_away()
    {
        var bytes = await _trial.UploadAsync(1, Records());
        await _trial.SimulateAsync();
        _trial.TakeMessages<Acknowledgement>().Count.ShouldBe(1);
        _trial.Put(TrialSystem.UploadName(1), bytes);
        _trial.Execute("UPDATE upload SET waits = 1");

        await _trial.SimulateAsync();

        _trial.Waiting.ShouldBeEmpty();
        _trial.Inbound().ShouldBeEmpty();
    }

    [Fact]
    public async Task After_the_upload_was_taken_away_and_before_that_was_noted()
    {
        await _trial.UploadAsync(1, Records());
        await _trial.SimulateAsync();
        _trial.Execute("UPDATE upload SET waits = 1");

        await ShouldEndWellAsync();
        var other = await _trial.UploadAsync(1, TrialSystem.Record(TrialSystem.Number(9), "P9"));
        _trial.Execute("UPDATE upload SET waits = 1");
        await _trial.SimulateAsync();
        _trial.TakeMessages<Acknowledgement>().Select(a => a.FileCodes.Single().Code).ShouldBe(["CPF02", "CPF04"], ignoreOrder: true);
        Directory.GetFiles(_trial.Taken).Select(File.ReadAllBytes).ShouldContain(b => b.SequenceEqual(other));
    }

    [Fact]
    public async Task A_lost_answer_stays_lost_when_the_run_was_killed_before_the_upload_was_taken_away()
    {
        var bytes = await _trial.UploadAsync(1, Records());
        await _trial.SimulateAsync("--no-answer");
        _trial.Put(TrialSystem.UploadName(1), bytes);
        _trial.Execute("UPDATE upload SET waits = 1");

        await _trial.SimulateAsync();

        _trial.Waiting.ShouldBeEmpty();
        _trial.Inbound().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_notification_that_was_not_written_is_written_by_the_next_run()
    {
        await _trial.UploadAsync(1, Records());
        await _trial.SimulateAsync("--accesses", "3", "--inactive", "1", "--replacements", "several");
        var whole = _trial.Inbound();
        foreach (var message in whole)
        {
            File.Delete(Path.Combine(_trial.Inbox, message.Name));
        }

        _trial.Execute("UPDATE message SET sent = 0");
        _trial.Now = _trial.Now.AddDays(1);
        (await _trial.SimulateAsync()).GetProperty("recovered").GetInt32().ShouldBe(3);

        var again = _trial.Inbound();
        again.Select(m => m.Name).ShouldBe(whole.Select(m => m.Name));
        again.Zip(whole).ShouldAllBe(p => p.First.Bytes.SequenceEqual(p.Second.Bytes));
    }

    [Fact]
    public async Task Half_an_answer_is_never_seen()
    {
        await _trial.UploadAsync(1, Records());
        var obstacle = await ObstacleAsync();
        (await _trial.TryAsync("--accesses", "1")).ExitCode.ShouldBe(3);
        Directory.Delete(obstacle);

        Directory.GetFiles(_trial.Inbox).ShouldBeEmpty();
    }

    private static CpIs.Domain.Exchange.UploadRecord[] Records() =>
        [TrialSystem.Record(TrialSystem.Number(1), "P1"), TrialSystem.Record(TrialSystem.Number(2), "P2")];

    /// <summary>A folder where the answer's temporary file would be, so that the run fails after it has committed.</summary>
    private async Task<string> ObstacleAsync()
    {
        using var rehearsal = new TrialSystem();
        await rehearsal.UploadAsync(1, Records());
        await rehearsal.SimulateAsync();
        return Directory.CreateDirectory(Path.Combine(_trial.Inbox, $".{rehearsal.Inbound().Single().Name}.tmp")).FullName;
    }

    private async Task ShouldEndWellAsync(int recovered = 0)
    {
        var result = await _trial.SimulateAsync();

        result.GetProperty("recovered").GetInt32().ShouldBe(recovered);
        _trial.Waiting.ShouldBeEmpty();
        var reading = _trial.Inbound().Single();
        new CpIs.Messages.Inbound.InboundReader().Read(reading.Bytes).Message.ShouldBeOfType<Acknowledgement>().Results.Select(r => r.Code).ShouldBe(["CPR06", "CPR06"]);
        (await _trial.HeldAsync()).ShouldBe(["P1 CPP 2026-01-15", "P2 CPP 2026-01-15"]);
        await _trial.SimulateAsync();
        _trial.Inbound().Count.ShouldBe(1);
    }
}
