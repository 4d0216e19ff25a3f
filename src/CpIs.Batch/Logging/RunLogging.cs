using System.Globalization;
using CpIs.Batch.Configuration;
using CpIs.Domain.Values;
using CpIs.Files;
using Microsoft.Extensions.Logging;
using Serilog;
using Serilog.Core;
using Serilog.Events;
using Serilog.Extensions.Logging;
using Serilog.Formatting.Display;
using Serilog.Formatting.Json;

namespace CpIs.Batch.Logging;

/// <summary>Log set-up: JSON lines in the data folder, one file a day, and warnings on standard error. No line carries personal data.</summary>
internal static class RunLogging
{
    /// <param name="folder">Where log files go; null = none are written.</param>
    /// <param name="error">Standard error.</param>
    public static ILoggerFactory Create(LoggingSettings settings, string? folder, TextWriter error)
    {
        var configuration = new LoggerConfiguration()
            .MinimumLevel.Is(LevelOf(settings.Level) is { } level && level < LogEventLevel.Warning ? level : LogEventLevel.Warning)
            .Enrich.FromLogContext()
            .Destructure.AsScalar<NhsNumber>()
            .Destructure.AsScalar<Secret>()
            .WriteTo.Sink(new TextWriterSink(error), LogEventLevel.Warning);
        if (folder is not null && LevelOf(settings.Level) is { } fileLevel)
        {
            var file = new LoggerConfiguration()
                .MinimumLevel.Is(fileLevel)
                .WriteTo.File(
                    new JsonFormatter(renderMessage: true, formatProvider: CultureInfo.InvariantCulture),
                    Path.Combine(folder, "cpis-.jsonl"),
                    fileSizeLimitBytes: settings.FileMegabytes * 1024L * 1024L,
                    rollOnFileSizeLimit: true,
                    rollingInterval: RollingInterval.Day,
                    retainedFileCountLimit: null,
                    retainedFileTimeLimit: TimeSpan.FromDays(settings.FileDays))
                .CreateLogger();
            configuration = configuration.WriteTo.Sink(new ExceptionSafeSink(file, error), fileLevel);
        }

        return new SerilogLoggerFactory(configuration.CreateLogger(), dispose: true);
    }

    private static LogEventLevel? LevelOf(LogDetail detail) => detail switch
    {
        LogDetail.Debug => LogEventLevel.Debug,
        LogDetail.Information => LogEventLevel.Information,
        LogDetail.Warning => LogEventLevel.Warning,
        LogDetail.Error => LogEventLevel.Error,
        _ => null,
    };

    /// <summary>Warnings and errors for people, a line each.</summary>
    private sealed class TextWriterSink(TextWriter writer) : ILogEventSink
    {
        private static readonly MessageTemplateTextFormatter s_format = new("{Message:lj}", CultureInfo.InvariantCulture);

        public void Emit(LogEvent logEvent)
        {
            using var message = new StringWriter(CultureInfo.InvariantCulture);
            s_format.Format(logEvent, message);
            var cause = logEvent.Exception is null ? string.Empty : " " + SafeExceptionText.Summary(logEvent.Exception);
            lock (writer)
            {
                writer.WriteLine($"{logEvent.Level.ToString().ToLowerInvariant()}: {message}{cause}");
            }
        }
    }

    /// <summary>Replaces a logged exception by a description of it that repeats no data.</summary>
    private sealed class ExceptionSafeSink(Logger target, TextWriter error) : ILogEventSink, IDisposable
    {
        public void Emit(LogEvent logEvent)
        {
            if (logEvent.Exception is null)
            {
                target.Write(logEvent);
                return;
            }

            var properties = logEvent.Properties.Select(p => new LogEventProperty(p.Key, p.Value))
                .Append(new LogEventProperty("Error", new ScalarValue(SafeExceptionText.Full(logEvent.Exception))));
            target.Write(new LogEvent(logEvent.Timestamp, logEvent.Level, exception: null, logEvent.MessageTemplate, properties));
        }

        /// <summary>A log that cannot be written, for want of room, must not change how a command ends.</summary>
        public void Dispose()
        {
            try
            {
                target.Dispose();
            }
            catch (Exception e) when (FileFault.Is(e))
            {
                error.WriteLine($"warning: The log is incomplete. {FileFault.InWords(e)}");
            }
        }
    }
}
