using System.Text.Json;
using CpIs.Batch.Configuration;
using CpIs.Batch.Logging;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using Microsoft.Extensions.Logging;
using Shouldly;

namespace CpIs.Batch.Tests.Logging;

public sealed class RunLoggingTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void An_NHS_number_is_never_logged_however_it_gets_into_a_line()
    {
        var number = NhsNumber.Parse("999 000 0018");
        var key = new RecordKey(number, PlanType.Cpp, new DateOnly(2026, 1, 15));
        var (log, error) = Write(LogDetail.Debug, logger =>
        {
            logger.LogWarning("Number {Number}", number);
            logger.LogWarning("Destructured {@Number}", number);
            logger.LogWarning("In a record {Key}", key);
            logger.LogWarning("In a destructured record {@Key}", key);
            logger.LogWarning("In a list {@Keys}", [new[] { key }]);
            using (logger.BeginScope(new Dictionary<string, object> { ["Scope"] = number }))
            {
                logger.LogWarning("In a scope");
            }
        });

        (log + error).ShouldNotContain("9990000018");
        log.ShouldContain("(NHS number)");
        error.ShouldContain("(NHS number)");
    }

    [Fact]
    public void A_secret_is_never_logged()
    {
        var (log, error) = Write(LogDetail.Debug, logger =>
        {
            logger.LogWarning("{Secret} {@Same}", new Secret("hush-hush"), new Secret("hush-hush"));
            logger.LogWarning("{@Database}", new DatabaseSettings(DatabaseProvider.SqlServer, new Secret("hush-hush")));
        });

        (log + error).ShouldNotContain("hush-hush");
        log.ShouldContain("(secret)");
    }

    [Fact]
    public void A_logged_exception_keeps_its_type_and_stack_but_not_the_words_of_a_library()
    {
        var (log, error) = Write(LogDetail.Information, logger =>
        {
            try
            {
                throw new InvalidOperationException("cell 'Gwendolyn'", new IOException("disk full"));
            }
            catch (InvalidOperationException e)
            {
                logger.LogError(e, "Row {Id} failed", 7);
            }
        });

        (log + error).ShouldNotContain("Gwendolyn");
        log.ShouldContain("System.InvalidOperationException");
        log.ShouldContain(nameof(A_logged_exception_keeps_its_type_and_stack_but_not_the_words_of_a_library));
        log.ShouldContain("disk full");
        error.ShouldContain("error: Row 7 failed Unexpected error (InvalidOperationException).");
    }

    [Fact]
    public void Each_line_is_a_JSON_object_and_the_level_counts_for_the_file_only()
    {
        var (log, error) = Write(LogDetail.Error, logger =>
        {
            logger.LogInformation("quiet");
            logger.LogWarning("aloud");
            logger.LogError("very");
        });

        var lines = log.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        lines.Length.ShouldBe(1);
        JsonDocument.Parse(lines[0]).RootElement.GetProperty("Level").GetString().ShouldBe("Error");
        error.ShouldContain("warning: aloud");
        error.ShouldContain("error: very");
        error.ShouldNotContain("quiet");
    }

    [Fact]
    public void Off_writes_no_file()
    {
        var (log, error) = Write(LogDetail.Off, logger => logger.LogError("very"));

        log.ShouldBeEmpty();
        error.ShouldContain("error: very");
    }

    private (string Log, string Error) Write(LogDetail level, Action<ILogger> write)
    {
        using var error = new StringWriter();
        using (var logs = RunLogging.Create(new LoggingSettings(level, 1, 1), _folder.Path, error))
        {
            write(logs.CreateLogger("test"));
        }

        return (string.Concat(Directory.GetFiles(_folder.Path).Select(File.ReadAllText)), error.ToString());
    }
}
