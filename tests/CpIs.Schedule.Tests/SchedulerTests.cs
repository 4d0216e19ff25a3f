using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using CpIs.Batch.Schedule;
using CpIs.Schedule.Tests.Harness;
using Microsoft.Data.Sqlite;

namespace CpIs.Schedule.Tests;

/// <summary>One scheduler, run as a process.</summary>
public sealed class SchedulerTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(150);
    private readonly Rig _rig = new();

    private string Data => _rig.Path_("data");

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task A_night_missed_while_the_machine_was_off_runs_at_start_and_only_once()
    {
        _rig.CreateCouncil(Data);
        var yesterday = DateTimeOffset.UtcNow.AddDays(-1).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        _rig.Run("nightly", "--as-of", yesterday, "--quiet").ExitCode.ShouldBe(5);
        _rig.JobAt("nightly", DateTimeOffset.UtcNow.AddSeconds(-30));

        var node = _rig.Start("schedule");
        await node.StartedAsync();
        await Rig.UntilAsync(() => Rig.Runs(Data).Count(r => r["status"] == "done") == 2, s_patience, () => node.Said);
        (await node.StopAsync()).ShouldBe(130, node.Said);

        // A scheduler that starts again has nothing to make up for.
        node = _rig.Start("schedule");
        await node.StartedAsync();
        (await node.StopAsync("INT")).ShouldBe(130, node.Said);
        Rig.Runs(Data).Count.ShouldBe(2);
    }

    [Fact]
    public async Task A_council_that_never_had_a_night_waits_for_its_first_time()
    {
        _rig.CreateCouncil(Data);
        _rig.JobAt("nightly", DateTimeOffset.UtcNow.AddSeconds(-30));

        var node = _rig.Start("schedule");
        await node.StartedAsync();
        var second = _rig.Run("schedule");
        (await node.StopAsync()).ShouldBe(130, node.Said);

        second.ExitCode.ShouldBe(4, "one scheduler a data folder");
        second.Error.ShouldContain("Another scheduler");
        Rig.Runs(Data).ShouldBeEmpty();
        node.Said.ShouldNotContain("missed");
    }

    [Fact]
    public async Task A_stop_ends_the_running_job_at_its_next_safe_point_and_the_next_start_does_it_again()
    {
        BigCouncil();
        _rig.JobSoon("nightly");
        var node = _rig.Start("schedule");
        await node.StartedAsync();
        await RunningAsync(node);

        (await node.StopAsync()).ShouldBe(130, node.Said);

        Rig.Runs(Data).Select(r => r["status"]).ShouldBe(["interrupted"], node.Said);
        node = _rig.Start("schedule");
        await Rig.UntilAsync(() => Rig.Runs(Data).Any(r => r["status"] == "done"), s_patience, () => node.Said);
        (await node.StopAsync()).ShouldBe(130, node.Said);
    }

    [Fact]
    public async Task A_job_ends_by_itself_when_its_scheduler_is_killed()
    {
        BigCouncil();
        _rig.JobSoon("nightly");
        var node = _rig.Start("schedule");
        await node.StartedAsync();
        await RunningAsync(node);

        node.Process.Kill(entireProcessTree: false);

        await Rig.UntilAsync(() => Rig.Runs(Data).Single()["status"] != "running", s_patience, () => node.Said);
        Rig.Runs(Data).Single()["status"].ShouldBe("interrupted");
    }

    [Fact]
    public async Task Jobs_of_one_council_wait_for_each_other()
    {
        _rig.CreateCouncil(Data);
        _rig.JobSoon("nightly");
        _rig.JobSoon("ingest", "ingest-access");
        _rig.JobSoon("reconcile", "reconcile");

        var node = _rig.Start("schedule");
        await Rig.UntilAsync(() => Ended().Count >= 3, s_patience, () => node.Said);
        (await node.StopAsync()).ShouldBe(130, node.Said);

        var runs = Ended();
        runs.Take(3).ShouldAllBe(r => r["status"] == "done");
        runs.Take(3).Select(r => r["command"]).ShouldBe(["ingest-access", "nightly", "reconcile"], ignoreOrder: true);
        foreach (var (earlier, later) in runs.Zip(runs.Skip(1)))
        {
            string.CompareOrdinal(earlier["ended_at"], later["started_at"]).ShouldBeLessThanOrEqualTo(0);
        }

        node.Said.ShouldNotContain("exit code 4");

        IReadOnlyList<IReadOnlyDictionary<string, string>> Ended() =>
            Rig.Query(Data, "SELECT command, status, started_at, ended_at FROM cpis_run WHERE ended_at IS NOT NULL ORDER BY run_number");
    }

    [Fact]
    public async Task A_schedule_kept_in_SQLite_remembers_the_night_that_passed_while_it_was_off()
    {
        _rig.CreateCouncil(Data);
        _rig.Write("cpis.json", """{ "Schedule": { "Store": { "Kind": "sqlite" } } }""");
        _rig.JobAt("nightly", DateTimeOffset.UtcNow.AddDays(100));
        var node = _rig.Start("schedule");
        await node.StartedAsync();
        (await node.StopAsync()).ShouldBe(130, node.Said);
        Rig.Runs(Data).ShouldBeEmpty();

        // As if its time had come an hour ago, with the machine off.
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = Path.Combine(Data, "schedule.db"), Pooling = false }.ToString()))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "UPDATE QRTZ_TRIGGERS SET NEXT_FIRE_TIME = @ticks";
            command.Parameters.AddWithValue("@ticks", DateTimeOffset.UtcNow.AddHours(-1).Ticks);
            command.ExecuteNonQuery().ShouldBe(1);
        }

        node = _rig.Start("schedule");
        await Rig.UntilAsync(() => Rig.Runs(Data).Any(r => r["status"] == "done"), s_patience, () => node.Said);
        (await node.StopAsync()).ShouldBe(130, node.Said);

        Rig.Runs(Data).Count.ShouldBe(1);
        File.Exists(Path.Combine(Data, "schedule.db")).ShouldBeTrue();
    }

    [Fact]
    public async Task A_job_that_takes_too_long_is_stopped_and_one_that_does_not_stop_is_ended()
    {
        string[] words = ["db", "generate", "--children", "800000", "--seed", "1", "--out", _rig.Path_("a")];

        var stopped = await new JobProcess(TimeProvider.System, TimeSpan.FromSeconds(60)).RunAsync(words, _rig.Root, [], TimeSpan.FromSeconds(3), CancellationToken.None);
        (stopped.ExitCode, stopped.TimedOut, stopped.Ended).ShouldBe((130, true, false));
        stopped.LastWords.ShouldNotBeNull().ShouldContain("Interrupted");

        var ended = await new JobProcess(TimeProvider.System, TimeSpan.Zero).RunAsync(words, _rig.Root, [], TimeSpan.FromSeconds(1), CancellationToken.None);
        (ended.TimedOut, ended.Ended).ShouldBe((true, true));
        ended.ExitCode.ShouldNotBe(0);
    }

    [Fact]
    public async Task The_health_endpoint_tells_how_the_councils_are_without_a_word_about_people()
    {
        _rig.CreateCouncil(_rig.Path_("data", "councils", "north"));
        _rig.CreateCouncil(_rig.Path_("data", "councils", "west"));
        _rig.Run("nightly", "--data", "data/councils/north", "--quiet").ExitCode.ShouldBe(5);
        _rig.Run("nightly", "--data", "data/councils/west", "--as-of", DateTimeOffset.UtcNow.AddDays(-3).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "--quiet").ExitCode.ShouldBe(5);
        foreach (var name in new[] { "north", "south", "west" })
        {
            _rig.Write($"councils/{name}.json", "{}");
        }

        var port = FreePort();
        _rig.Write("cpis.json", $$"""{ "Schedule": { "CouncilsFolder": "councils", "Health": { "Port": {{port}} } } }""");
        _rig.Write("jobs/reconcile.json", """{ "Name": "r", "Cron": "0 0 0 1 1 ?", "Command": "reconcile", "MisfirePolicy": "skip" }""");
        var node = _rig.Start("schedule");
        await node.StartedAsync();

        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        (await http.GetAsync("/health/live")).StatusCode.ShouldBe(HttpStatusCode.OK);
        using var ready = await http.GetAsync("/health/ready");
        var text = await ready.Content.ReadAsStringAsync();
        ready.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        var checks = JsonDocument.Parse(text).RootElement.GetProperty("checks").EnumerateArray().ToDictionary(c => c.GetProperty("name").GetString()!, c => c.GetProperty("status").GetString());
        checks["scheduler"].ShouldBe("healthy", text);
        checks["council north"].ShouldBe("degraded", "something needs an operator there");
        checks["council south"].ShouldBe("unhealthy", "it has no database");
        checks["council west"].ShouldBe("unhealthy", "its last night is three days old");
        People.NoneIn(text, _rig.Path_("data", "councils", "north"));
        (await http.GetAsync("/")).StatusCode.ShouldBe(HttpStatusCode.NotFound);

        // On loopback only: the machine's other addresses do not answer.
        foreach (var address in Dns.GetHostAddresses(Dns.GetHostName()).Where(a => a.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(a)))
        {
            using var client = new TcpClient();
            await Should.ThrowAsync<SocketException>(() => client.ConnectAsync(address, port));
        }

        (await node.StopAsync()).ShouldBe(130, node.Said);
    }

    private void BigCouncil()
    {
        _rig.Run("db", "generate", "--children", "5000", "--seed", "7", "--out", "big", "--quiet").ExitCode.ShouldBe(0);
        _rig.Run("db", "init", "--quiet").ExitCode.ShouldBe(0);
        _rig.Run("db", "load", "--from", "big", "--quiet").ExitCode.ShouldBe(0);
    }

    private Task RunningAsync(Node node) => Rig.UntilAsync(
        () => Rig.Query(Data, "SELECT step FROM cpis_step WHERE status = 'running' AND step IN ('extract', 'transform')").Count > 0, s_patience, () => node.Said);

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
