using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Text;
using CpIs.Batch.Commands;
using CpIs.Batch.Telemetry;
using CpIs.Schedule.Tests.Harness;

namespace CpIs.Schedule.Tests;

/// <summary>What a run measures, and that it reaches a collector.</summary>
public sealed class TelemetryTests : IDisposable
{
    private static readonly string[] s_instruments =
    [
        "cpis.records", "cpis.records.withheld", "cpis.alerts", "cpis.step.duration", "cpis.run.duration", "cpis.change.oldest_unsent", "cpis.match_rate",
        "cpis.files.unanswered",
    ];

    private readonly Rig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task A_night_measures_what_it_decided_raised_and_left_open()
    {
        _rig.CreateCouncil(_rig.Path_("data"));
        var measured = new ConcurrentBag<(string Name, double Value, string Tags)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (instrument.Meter.Name == EngineTelemetry.Name)
                {
                    l.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((i, value, tags, _) => measured.Add((i.Name, value, Text(tags))));
        listener.SetMeasurementEventCallback<double>((i, value, tags, _) => measured.Add((i.Name, value, Text(tags))));
        listener.Start();

        using var output = new StringWriter();
        var environment = new ProgramEnvironment(output, TextWriter.Null, false, false, _rig.Root, [], TimeProvider.System);
        (await CpisProgram.RunAsync(["nightly", "--json"], environment, CancellationToken.None)).ShouldBe(5);

        var night = System.Text.Json.JsonDocument.Parse(output.ToString()).RootElement;
        foreach (var decision in night.GetProperty("decisions").EnumerateObject())
        {
            measured.ShouldContain(("cpis.records", (double)decision.Value.GetInt64(), $"cpis.decision={decision.Name}"));
        }

        foreach (var reason in night.GetProperty("withheld").EnumerateObject())
        {
            measured.ShouldContain(("cpis.records.withheld", (double)reason.Value.GetInt64(), $"cpis.reason={reason.Name}"));
        }

        foreach (var alert in night.GetProperty("alerts").EnumerateObject())
        {
            measured.Where(m => m.Name == "cpis.alerts" && m.Tags == $"cpis.alert_type={alert.Name}").Sum(m => m.Value).ShouldBe(alert.Value.GetInt64());
        }

        measured.Single(m => m.Name == "cpis.match_rate").Value.ShouldBe(night.GetProperty("match_rate").GetDouble(), 0.001);
        measured.Single(m => m.Name == "cpis.files.unanswered").Value.ShouldBe(1);
        measured.Single(m => m.Name == "cpis.change.oldest_unsent").Value.ShouldBe(0, "everything was sent");
        measured.Where(m => m.Name == "cpis.step.duration").Select(m => m.Tags).Order()
            .ShouldBe(new[] { "extract", "ingest-access", "reconcile", "submit", "transform" }.Select(s => $"cpis.step={s};cpis.status=done"));
        measured.Single(m => m.Name == "cpis.run.duration").Tags.ShouldBe("cpis.command=nightly;cpis.exit_code=5");
        s_instruments.ShouldBeSubsetOf(measured.Select(m => m.Name));
        People.NoneIn(string.Join('\n', measured.Select(m => m.Tags)), _rig.Path_("data"));
    }

    [Fact]
    public async Task A_run_from_the_command_line_reaches_the_collector_before_it_ends()
    {
        _rig.CreateCouncil(_rig.Path_("data"));
        await using var collector = await Collector.StartAsync();
        _rig.Write("cpis.json", $$"""{ "Schedule": { "Telemetry": { "Endpoint": "{{collector.Address}}" } } }""");
        _rig.Environment["TRACEPARENT"] = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

        _rig.Run("nightly", "--quiet").ExitCode.ShouldBe(5);

        var metrics = collector.Received("/v1/metrics");
        foreach (var name in s_instruments)
        {
            Encoding.Latin1.GetString(metrics).ShouldContain(name);
        }

        var traces = collector.Received("/v1/traces");
        var text = Encoding.Latin1.GetString(traces);
        text.ShouldContain("cpis nightly");
        foreach (var step in new[] { "ingest-access", "extract", "transform", "submit", "reconcile" })
        {
            text.ShouldContain(step);
        }

        // The trace that the scheduler began goes on.
        text.ShouldContain(Encoding.Latin1.GetString(Convert.FromHexString("0af7651916cd43dd8448eb211c80319c")));
        People.NoneIn(metrics, _rig.Path_("data"));
        People.NoneIn(traces, _rig.Path_("data"));
    }

    [Fact]
    public async Task A_scheduled_run_and_its_scheduler_reach_the_collector()
    {
        _rig.CreateCouncil(_rig.Path_("data"));
        await using var collector = await Collector.StartAsync();
        _rig.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address;
        _rig.JobSoon("reconcile", "reconcile");

        var node = _rig.Start("schedule");
        await Rig.UntilAsync(() => Rig.Runs(_rig.Path_("data"), "reconcile").Any(r => r["status"] == "done"), TimeSpan.FromSeconds(150), () => node.Said);
        await Rig.UntilAsync(() => Text(collector, "/v1/metrics").Contains("cpis.run.duration", StringComparison.Ordinal), TimeSpan.FromSeconds(150), () => node.Said);
        (await node.StopAsync()).ShouldBe(130, node.Said);

        Text(collector, "/v1/metrics").ShouldContain("cpis.job.duration");
        Text(collector, "/v1/traces").ShouldContain("job reconcile");
    }

    [Theory]
    [InlineData("http://127.0.0.1:9")]
    [InlineData("not an address")]
    public void A_collector_that_is_away_changes_nothing(string address)
    {
        _rig.CreateCouncil(_rig.Path_("data"));
        _rig.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = address;

        var night = _rig.Run("nightly", "--json");

        night.ExitCode.ShouldBe(5, night.Error);
        System.Text.Json.JsonDocument.Parse(night.Out).RootElement.GetProperty("files").GetArrayLength().ShouldBe(1);
        night.Error.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_collector_that_does_not_answer_holds_up_the_end_for_two_seconds_at_most()
    {
        _rig.CreateCouncil(_rig.Path_("data"));
        await using var collector = await Collector.StartAsync(answers: false);
        _rig.Environment["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Address;

        // It would wait for ever if the end of the process did.
        _rig.Run("nightly", "--quiet").ExitCode.ShouldBe(5);
        TelemetryExport.Patience.ShouldBeLessThanOrEqualTo(TimeSpan.FromSeconds(2));
    }

    private static string Text(Collector collector, string path) => Encoding.Latin1.GetString(collector.Received(path));

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var texts = new List<string>();
        foreach (var (key, value) in tags)
        {
            texts.Add($"{key}={value}");
        }

        return string.Join(';', texts);
    }
}
