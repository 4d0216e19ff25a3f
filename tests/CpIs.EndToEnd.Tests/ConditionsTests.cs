using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>Folders that cannot be written, and clocks: what docs/operations.md says of them.</summary>
public sealed class ConditionsTests : IDisposable
{
    private readonly Cpis _cpis = new();

    public void Dispose() => _cpis.Dispose();

    [Theory]
    [InlineData("runs")]
    [InlineData("archive")]
    public void A_folder_that_cannot_be_made_is_named_and_nothing_is_done(string folder)
    {
        _cpis.Run("db", "init").ShouldExit(0);
        Directory.Delete(Path.Combine(_cpis.Data, folder));
        File.WriteAllText(Path.Combine(_cpis.Data, folder), string.Empty);

        var stopped = _cpis.Run("nightly", "--as-of", "2026-03-10");
        stopped.ShouldExit(3);
        stopped.Error.ShouldContain(Path.Combine(_cpis.Data, folder));
        _cpis.Query("SELECT run_id FROM cpis_run").ShouldBeEmpty();
    }

    [Fact]
    public void An_archive_that_cannot_be_written_keeps_no_child_from_being_sent_and_is_filled_by_the_next_run()
    {
        People(1);
        Directory.CreateDirectory(Path.Combine(_cpis.Data, "archive"));
        var sent = Path.Combine(_cpis.Data, "archive", "sent");
        File.WriteAllText(sent, string.Empty);

        var night = _cpis.Nightly("2026-03-10", expectedExit: 3);
        night.Json.GetProperty("files")[0].GetProperty("status").GetString().ShouldBe("sent");
        night.Json.GetProperty("problems")[0].GetString()!.ShouldContain(sent);

        File.Delete(sent);
        _cpis.Run("submit", "--as-of", "2026-03-10").ShouldExit(0);
        Directory.GetFiles(sent).Length.ShouldBe(2);
    }

    [Fact]
    public void A_day_before_the_last_run_s_is_refused_by_every_command_that_speaks_of_it_and_one_of_a_mistyped_replay_binds_nobody()
    {
        People(1);
        _cpis.Nightly("2026-03-10");
        string[][] commands = [["status"], ["explain", "--person", "P1"], ["report", "--out", Path.Combine(_cpis.Root, "r.html")], ["reconcile"]];
        foreach (var command in commands)
        {
            var refused = _cpis.Run([.. command, "--as-of", "2026-03-09"]);
            refused.ShouldExit(2);
            refused.Error.ShouldContain("--as-of");
        }

        _cpis.Run("ingest-access", "--replay", "99", "--as-of", "2030-01-01").ShouldExit(2);
        _cpis.Run("status", "--as-of", "2026-03-10").ShouldExit(0);
    }

    [Fact]
    public void A_clock_that_jumps_back_makes_no_age_negative_and_sends_nothing_twice_U9()
    {
        People(1);
        _cpis.Nightly("2026-03-10");

        // The clock was nine hours ahead, and has been put right.
        string Later(params string[] columns) => string.Join(", ", columns.Select(c => $"{c} = {_cpis.DayAfter(c)}"));
        _cpis.Execute($"UPDATE cpis_file SET {Later("created_at", "begun_at", "told_at")}");
        _cpis.Execute($"UPDATE cpis_file_record SET {Later("told_at")}, changed_at = '2026-03-11T00:00:00.000Z'");
        _cpis.Execute($"UPDATE cpis_run SET {Later("started_at", "ended_at")}");
        var status = _cpis.Json(0, "2026-03-10", "status");
        status.GetRawText().ShouldNotContain(": -");
        var again = _cpis.Nightly("2026-03-10");
        again.Files.ShouldBe(0);
        again.Json.GetRawText().ShouldNotContain(": -");

        // The 48 hours run from when it was told by the clock of that time: nothing is lost early.
        _cpis.Nightly("2026-03-12").Files.ShouldBe(0);
        _cpis.Nightly("2026-03-13", expectedExit: 5).Files.ShouldBe(1);
    }

    [Theory]
    [InlineData("2026-03-28", "2026-03-30", 0)]
    [InlineData("2026-10-24", "2026-10-26", 1)]
    [InlineData("2026-06-10", "2026-06-12", 1)]
    public void The_48_hours_of_an_answer_are_hours_also_when_the_clocks_change_U9(string told, string later, int resent)
    {
        People(1);
        _cpis.Nightly(told);

        // The same London time of day two days later is 47 hours later in March and 49 in October.
        _cpis.Nightly(later, Cpis.DoneInAnyCase).Files.ShouldBe(resent);
    }

    private void People(int count)
    {
        for (var i = 1; i <= count; i++)
        {
            _cpis.Source.Person($"P{i}", Numbers.Of(i), "Family", "Given", "2018-05-04");
            _cpis.Source.Plan($"L{i}", $"P{i}", "2026-01-15");
        }
    }
}
