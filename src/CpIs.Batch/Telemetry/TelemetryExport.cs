using System.Diagnostics;
using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace CpIs.Batch.Telemetry;

/// <summary>
/// Sends metrics and traces to an OTLP collector, when one is configured by <c>Schedule:Telemetry</c> or by the standard
/// <c>OTEL_</c> variables. A collector that is away costs at most <see cref="Patience"/> at the end of a process, and nothing else.
/// </summary>
internal sealed class TelemetryExport : IDisposable
{
    /// <summary>How long the end of a process waits for what is still to be sent.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly string[] s_endpointVariables =
        ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;

    private TelemetryExport(CommandContext context, string? meter)
    {
        var resource = Resource(context);
        var traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(EngineTelemetry.Name);
        var metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(EngineTelemetry.Name);
        if (meter is not null)
        {
            metrics.AddMeter(meter);
        }

        _traces = traces.AddOtlpExporter(o => Set(o, context, "v1/traces")).Build();
        _metrics = metrics.AddOtlpExporter((o, reader) =>
        {
            Set(o, context, "v1/metrics");

            // Each run is a process of its own: what it counted is sent as such, not as a sum since some start.
            reader.TemporalityPreference = MetricReaderTemporalityPreference.Delta;
        }).Build();
    }

    /// <summary>Begins to export, or does nothing (null) when no collector is configured.</summary>
    /// <param name="meter">A further meter to export, or null.</param>
    public static TelemetryExport? Start(CommandContext context, string? meter = null) => IsWanted(context) ? new TelemetryExport(context, meter) : null;

    public void Dispose()
    {
        var patience = (int)Patience.TotalMilliseconds;
        var traces = Task.Run(() => _traces.Shutdown(patience));
        var metrics = Task.Run(() => _metrics.Shutdown(patience));
        Task.WaitAll([traces, metrics], patience);
    }

    private static bool IsWanted(CommandContext context)
    {
        string? Variable(string name) => context.Environment.Variables.FirstOrDefault(v => v.Key == name).Value;
        return !string.Equals(Variable("OTEL_SDK_DISABLED"), "true", StringComparison.OrdinalIgnoreCase)
            && (context.Settings.Schedule.Telemetry.Endpoint is not null
                || Array.Exists(s_endpointVariables, name => !string.IsNullOrWhiteSpace(Variable(name))));
    }

    private static ResourceBuilder Resource(CommandContext context) => ResourceBuilder.CreateEmpty()
        .AddService("cpis", serviceVersion: typeof(TelemetryExport).Assembly.GetName().Version?.ToString(3))
        .AddAttributes([new("cpis.authority", context.Settings.Authority.OdsCode)])
        .AddTelemetrySdk()
        .AddEnvironmentVariableDetector();

    private static void Set(OtlpExporterOptions options, CommandContext context, string path)
    {
        var settings = context.Settings.Schedule.Telemetry;
        var hasVariable = context.Environment.Variables.Any(v => v.Key == "OTEL_EXPORTER_OTLP_PROTOCOL" && v.Value.Length > 0);
        if (settings.Grpc is { } grpc)
        {
            options.Protocol = grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        }
        else if (!hasVariable)
        {
            options.Protocol = OtlpExportProtocol.HttpProtobuf;
        }

        options.TimeoutMilliseconds = (int)Patience.TotalMilliseconds;
        if (settings.Endpoint is { } endpoint)
        {
            options.Endpoint = options.Protocol == OtlpExportProtocol.Grpc ? endpoint : new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/" + path);
        }
    }
}

/// <summary>What the environment of a job's process says about telemetry: the trace that it belongs to, and the scheduler's collector.</summary>
internal sealed class TelemetryVariables(ProgramEnvironment environment, CpisSettings settings)
{
    public const string TraceParent = "TRACEPARENT";

    /// <summary>The environment of this process.</summary>
    public IReadOnlyCollection<KeyValuePair<string, string>> Environment => environment.Variables;

    public IEnumerable<KeyValuePair<string, string>> ForChild(Activity? activity)
    {
        if (activity?.Id is { } id)
        {
            yield return new(TraceParent, id);
        }

        if (settings.Schedule.Telemetry is { Endpoint: { } endpoint } telemetry)
        {
            yield return new("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.AbsoluteUri);
            yield return new("OTEL_EXPORTER_OTLP_PROTOCOL", telemetry.Grpc == true ? "grpc" : "http/protobuf");
        }
    }
}
