using System.CommandLine;
using CpIs.Batch.Commands;
using CpIs.Batch.Schedule;
using CpIs.Schedule.Tests.Harness;

namespace CpIs.Schedule.Tests;

/// <summary>Job files are checked whole, and run at London's times.</summary>
public sealed class JobFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("cpis-jobs-").FullName;
    private readonly List<string> _problems = [];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void The_shipped_jobs_are_right_and_run_when_they_should()
    {
        var jobs = Read(Repository.File("jobs")).ToDictionary(j => j.Name);

        _problems.ShouldBeEmpty();
        var noon = new DateTimeOffset(2026, 6, 10, 12, 0, 0, TimeSpan.FromHours(1));
        jobs["nightly"].TimesAfter(noon).First().ShouldBe(new DateTimeOffset(2026, 6, 11, 1, 0, 0, TimeSpan.FromHours(1)));
        jobs["ingest-access"].TimesAfter(noon).Take(2).ShouldBe([noon.AddMinutes(30), noon.AddMinutes(60)]);
        jobs["reconcile"].TimesAfter(noon).First().ShouldBe(new DateTimeOffset(2026, 6, 11, 6, 0, 0, TimeSpan.FromHours(1)));
        jobs["purge"].TimesAfter(noon).Take(2).ShouldBe(new[] { 14, 21 }.Select(day => new DateTimeOffset(2026, 6, day, 4, 0, 0, TimeSpan.FromHours(1))));
        jobs["nightly"].Missed.ShouldBe(MissedPolicy.RunOnce);
        jobs["ingest-access"].Missed.ShouldBe(MissedPolicy.Skip);
        jobs.Values.ShouldAllBe(j => j.Enabled && j.Cron.TimeZone.Id == "Europe/London");
    }

    [Theory]
    [InlineData("0 0 1 * * ?", "2026-10-24T00:00Z", "2026-10-25T00:00Z", "2026-10-26T01:00Z")] // 01:00 comes twice on the 25th
    [InlineData("0 30 1 * * ?", "2026-10-24T00:30Z", "2026-10-25T00:30Z", "2026-10-26T01:30Z")]
    [InlineData("0 0 1 * * ?", "2026-03-28T01:00Z", "2026-03-29T01:00Z", "2026-03-30T00:00Z")] // and never on 29 March: 02:00 is the next moment
    [InlineData("0 30 1 * * ?", "2026-03-28T01:30Z", "2026-03-29T01:00Z", "2026-03-30T00:30Z")]
    [InlineData("0 0 1 * * ?", "2027-10-30T00:00Z", "2027-10-31T00:00Z", "2027-11-01T01:00Z")]
    public void A_night_when_the_clocks_change_runs_once(string cron, string before, string changing, string after)
    {
        var job = Job($$"""{ "Name": "n", "Cron": "{{cron}}", "Command": "nightly" }""");

        var first = At(before);
        job.TimesAfter(first.AddMinutes(-1)).Take(3).ShouldBe([first, At(changing), At(after)]);
        job.LastTimeBy(At(changing).AddHours(5), TimeSpan.FromDays(8)).ShouldBe(At(changing));
    }

    [Fact]
    public void Every_half_hour_stays_every_half_hour_over_both_changes()
    {
        var job = Job("""{ "Name": "i", "Cron": "0 0/30 * * * ?", "Command": "ingest-access" }""");

        foreach (var start in new[] { At("2026-10-24T22:00Z"), At("2026-03-28T22:00Z") })
        {
            var times = job.TimesAfter(start).Take(12).ToList();
            times.Zip(times.Skip(1), (a, b) => b - a).ShouldAllBe(gap => gap == TimeSpan.FromMinutes(30));
        }
    }

    [Theory]
    [InlineData("""{ "Cron": "0 0 1 * * ?", "Command": "nightly" }""", "Name: is required.")]
    [InlineData("""{ "Name": "a b", "Cron": "0 0 1 * * ?", "Command": "nightly" }""", "Name: must be")]
    [InlineData("""{ "Name": "n", "Command": "nightly" }""", "Cron: is required.")]
    [InlineData("""{ "Name": "n", "Cron": "0 1 * * *", "Command": "nightly" }""", "Cron: has five fields")]
    [InlineData("""{ "Name": "n", "Cron": "* * 1 * * ?", "Command": "nightly" }""", "Cron: must have one number for the seconds")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 25 * * ?", "Command": "nightly" }""", "Cron: must be a cron expression")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "TimeZone": "Europe/Londen", "Command": "nightly" }""", "TimeZone: must be")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nigtly" }""", "Command: must be a command")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "db" }""", "Command: must be a command")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "schedule" }""", "Command: schedule cannot be a job.")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "Options": [ "--flul" ] }""", "Options: --flul is not an option of nightly; did you mean --full?")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "Options": [ "--from", "x" ] }""", "Options: --from takes a date")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "Options": "--full" }""", "Options: must be a list of texts.")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "Options": [ "--config", "x.json" ] }""", "Options: --config is set by the scheduler")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "Options": [ "--as-of", "2026-03-10" ] }""", "Options: --as-of would fix")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "MisfirePolicy": "always" }""", "MisfirePolicy: must be run-once or skip")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "TimeoutMinutes": 0 }""", "TimeoutMinutes: must be a whole number from 1 to 1440.")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "Enabled": "yes" }""", "Enabled: must be true or false.")]
    [InlineData("""{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "Timeout": 5 }""", "Timeout: is not a known field; did you mean TimeoutMinutes?")]
    [InlineData("""{ "Name": "n", "name": "m", "Cron": "0 0 1 * * ?", "Command": "nightly" }""", "name: stands there twice.")]
    [InlineData("[]", "must be a JSON object.")]
    [InlineData("{ \"Name\": }", "not valid JSON at line 1")]
    public void A_wrong_field_is_told_with_its_file(string content, string problem)
    {
        File.WriteAllText(Path.Combine(_folder, "wrong.json"), content);

        Read(_folder).ShouldBeEmpty();

        _problems.Count.ShouldBe(1, string.Join('\n', _problems));
        _problems[0].ShouldStartWith("wrong.json: " + problem);
    }

    [Fact]
    public void All_problems_of_all_files_are_told_at_once()
    {
        File.WriteAllText(Path.Combine(_folder, "a.json"), """{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly" }""");
        File.WriteAllText(Path.Combine(_folder, "b.json"), """{ "Name": "N", "Cron": "0 0 1 * * ?", "Command": "nightly" }""");
        File.WriteAllText(Path.Combine(_folder, "c.json"), """{ "Command": "x", "Cron": "y" }""");

        Read(_folder);

        _problems.Count.ShouldBe(4, string.Join('\n', _problems));
        _problems.ShouldContain(p => p.StartsWith("b.json: Name: N is already the name of the job in a.json"));
        _problems.Count(p => p.StartsWith("c.json: ", StringComparison.Ordinal)).ShouldBe(3);
    }

    [Fact]
    public void Comments_and_what_is_left_out_are_fine()
    {
        var job = Job("""
            {
              // a comment
              "name": "n", "cron": "0 0 1 * * ?", "command": "db check",
            }
            """);

        job.Words.ShouldBe(["db", "check"]);
        job.CommandName.ShouldBe("db check");
        job.Cron.TimeZone.Id.ShouldBe("Europe/London");
        job.Timeout.ShouldBe(TimeSpan.FromHours(6));
        job.Councils.ShouldBeNull();
    }

    private static DateTimeOffset At(string text) => DateTimeOffset.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private ScheduledJob Job(string content)
    {
        File.WriteAllText(Path.Combine(_folder, "job.json"), content);
        var jobs = Read(_folder);
        _problems.ShouldBeEmpty();
        return jobs.Single();
    }

    private IReadOnlyList<ScheduledJob> Read(string folder)
    {
        var environment = new ProgramEnvironment(TextWriter.Null, TextWriter.Null, false, false, Path.GetTempPath(), [], TimeProvider.System);
        var global = new GlobalOptions();
        RootCommand root = CpisProgram.CreateRoot(new CommandRunner(environment, global, CancellationToken.None), global);
        return new JobFiles(root, _problems).Read(folder);
    }
}
