using System.Text.Json;
using CpIs.Batch.Commands;
using CpIs.Schedule.Tests.Harness;

namespace CpIs.Schedule.Tests;

/// <summary>What <c>cpis schedule</c> says before it runs anything.</summary>
public sealed class ScheduleCommandTests : IDisposable
{
    private readonly Rig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task The_list_shows_what_runs_when_and_for_whom_and_touches_nothing()
    {
        _rig.Write("councils/north.json", "{}");
        _rig.Write("councils/south.json", "{}");
        _rig.Write("cpis.json", """{ "Schedule": { "CouncilsFolder": "councils" } }""");
        _rig.Write("jobs/n.json", """{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly" }""");
        _rig.Write("jobs/s.json", """{ "Name": "s", "Cron": "0 0 2 * * ?", "Command": "reconcile", "Councils": [ "south" ], "Enabled": false }""");

        var (exitCode, output, error) = await RunAsync("schedule", "--list", "--json");

        exitCode.ShouldBe(0, error);
        var jobs = JsonDocument.Parse(output).RootElement.GetProperty("jobs").EnumerateArray().ToDictionary(j => j.GetProperty("name").GetString()!);
        jobs["n"].GetProperty("councils").EnumerateArray().Select(c => c.GetString()).ShouldBe(["north", "south"]);
        jobs["n"].GetProperty("next").GetArrayLength().ShouldBe(3);
        jobs["s"].GetProperty("councils").EnumerateArray().Select(c => c.GetString()).ShouldBe(["south"]);
        jobs["s"].GetProperty("next").GetArrayLength().ShouldBe(0);
        Directory.Exists(_rig.Path_("data")).ShouldBeFalse();
    }

    [Theory]
    [InlineData("""{ "Schedule": { "JobsFolder": "nowhere" } }""", "Schedule:JobsFolder")]
    [InlineData("""{ "Schedule": { "CouncilsFolder": "nowhere" } }""", "Schedule:CouncilsFolder")]
    [InlineData("""{ "Schedule": { "Councils": [ { "Config": "nowhere.json" } ] } }""", "Schedule:Councils:0:Config names a file that does not exist")]
    [InlineData("""{ "Schedule": { "Councils": [ { "Name": "x" } ] } }""", "Schedule:Councils:0:Config is required")]
    [InlineData("""{ "Schedule": { "Councils": [ { "Config": "a.json" }, { "Config": "a.json", "Data": "x" } ] } }""", "share the name")]
    [InlineData("""{ "Schedule": { "Councils": [ { "Config": "a.json", "Data": "x" }, { "Config": "a.json", "Name": "b", "Data": "x" } ] } }""", "share the data folder")]
    [InlineData("""{ "Schedule": { "Councils": [ { "Config": "wrong.json" } ] } }""", "wrong.json: Rules:RetentionMonths")]
    [InlineData("""{ "Schedule": { "Store": { "Kind": "postgres" } } }""", "Schedule:Store:Kind must be one of memory, sqlite, sqlserver, postgresql")]
    [InlineData("""{ "Schedule": { "Store": { "Kind": "postgresql" } } }""", "Schedule:Store:ConnectionString (or Schedule:Store:ConnectionStringFile) is required")]
    [InlineData("""{ "Schedule": { "Store": { "Clustered": true } } }""", "Schedule:Store:Clustered is not a known setting")]
    [InlineData("""{ "Schedule": { "Health": { "Address": "everywhere" } } }""", "Schedule:Health:Address")]
    [InlineData("""{ "Schedule": { "Telemetry": { "Endpoint": "https://user:word@collector" } } }""", "Schedule:Telemetry:Endpoint")]
    public async Task What_is_wrong_is_told_with_its_key(string config, string problem)
    {
        _rig.Write("cpis.json", config);
        _rig.Write("a.json", "{}");
        _rig.Write("wrong.json", """{ "Rules": { "RetentionMonths": 0 } }""");
        _rig.Write("jobs/n.json", """{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly" }""");

        var (exitCode, output, error) = await RunAsync("schedule", "--list");

        exitCode.ShouldBe(2);
        output.ShouldBeEmpty();
        error.ShouldContain(problem);
    }

    [Fact]
    public async Task A_job_for_a_council_that_is_not_there_and_a_variable_that_would_be_everybodys_are_refused()
    {
        _rig.Write("north.json", "{}");
        _rig.Write("cpis.json", """{ "Schedule": { "Councils": [ { "Config": "north.json" } ] } }""");
        _rig.Write("jobs/n.json", """{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly", "Councils": [ "norht" ] }""");
        _rig.Environment["CPIS__DATABASE__CONNECTIONSTRING"] = "Data Source=one.db";

        var (exitCode, _, error) = await RunAsync("schedule");

        exitCode.ShouldBe(2);
        error.ShouldContain("n.json: Councils: there is no council norht; did you mean north?");
        error.ShouldContain("CPIS__DATABASE__CONNECTIONSTRING would be every council's");
        error.ShouldNotContain("one.db");
    }

    [Fact]
    public async Task A_business_date_makes_no_sense_for_a_scheduler()
    {
        var (exitCode, _, error) = await RunAsync("schedule", "--as-of", "2026-03-10");

        exitCode.ShouldBe(2);
        error.ShouldContain("--as-of");
    }

    [Theory]
    [InlineData("sqlserver", "Server=tcp:127.0.0.1,9;User ID=cpis;Password=Zebra-7;Connect Timeout=30;Encrypt=false;ConnectRetryCount=0")]
    [InlineData("postgresql", "Host=127.0.0.1;Port=9;Username=cpis;Password=Zebra-7;Timeout=30")]
    public async Task A_store_that_cannot_be_reached_is_exit_code_3_and_its_password_is_not_told(string kind, string connection)
    {
        // The configuration is taken and every type behind it is there: it fails at the connection, not before.
        _rig.Write("secret.txt", connection + "\n");
        _rig.Write("cpis.json", $$"""{ "Schedule": { "Store": { "Kind": "{{kind}}", "ConnectionStringFile": "secret.txt" } } }""");
        _rig.Write("jobs/n.json", """{ "Name": "n", "Cron": "0 0 1 * * ?", "Command": "nightly" }""");

        var (exitCode, _, error) = await RunAsync("schedule");

        exitCode.ShouldBe(3, error);
        error.ShouldContain("Schedule:Store");
        error.ShouldContain(kind == "sqlserver" ? "SQL Server error" : "Npgsql");
        var logs = string.Concat(Directory.GetFiles(_rig.Path_("data", "logs")).Select(File.ReadAllText));
        (error + logs).ShouldNotContain("Zebra");
    }

    private async Task<(int ExitCode, string Out, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new ProgramEnvironment(output, error, false, false, _rig.Root, _rig.Environment, TimeProvider.System);
        var exitCode = await CpisProgram.RunAsync(args, environment, CancellationToken.None).WaitAsync(TimeSpan.FromMinutes(2));
        return (exitCode, output.ToString(), error.ToString());
    }
}
