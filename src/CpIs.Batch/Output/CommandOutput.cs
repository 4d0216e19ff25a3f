using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Spectre.Console;

namespace CpIs.Batch.Output;

/// <summary>
/// What a command shows: its result on standard output, as a table for people or as one JSON object; everything else on standard error.
/// </summary>
internal sealed class CommandOutput
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);
    private readonly TextWriter _out;
    private readonly TextWriter _error;
    private readonly bool _outIsTerminal;
    private readonly bool _errorIsTerminal;
    private bool _resultWritten;

    public CommandOutput(TextWriter standardOut, TextWriter standardError, bool outIsTerminal, bool errorIsTerminal, bool isJson, bool isQuiet)
    {
        (_out, _error, _outIsTerminal, _errorIsTerminal) = (standardOut, standardError, outIsTerminal, errorIsTerminal);
        (IsJson, IsQuiet) = (isJson, isQuiet);
    }

    /// <summary>How results are written as JSON: snake_case names, as the contract has them.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
    };

    public bool IsJson { get; }

    public bool IsQuiet { get; }

    /// <summary>Writes the command's one result.</summary>
    /// <param name="value">Written with <c>--json</c>.</param>
    /// <param name="people">Writes the same for people; left out with <c>--json</c> or <c>--quiet</c>.</param>
    /// <exception cref="InvalidOperationException">A result was written before.</exception>
    public void Result<T>(T value, Action<IAnsiConsole> people)
    {
        if (_resultWritten)
        {
            throw new InvalidOperationException("A command has one result.");
        }

        _resultWritten = true;
        if (IsJson)
        {
            _out.WriteLine(JsonSerializer.Serialize(value, Json));
        }
        else if (!IsQuiet)
        {
            people(ConsoleOn(_out, _outIsTerminal));
        }

        _out.Flush();
    }

    /// <summary>A message on the way, on standard error; left out with <c>--quiet</c>.</summary>
    public void Say(string message)
    {
        if (!IsQuiet)
        {
            Tell(message);
        }
    }

    /// <summary>Why the command failed, on standard error; with <c>--json</c> also as the result, unless one was written.</summary>
    public void Failure(string message, int exitCode)
    {
        Tell(message);
        if (IsJson && !_resultWritten)
        {
            _resultWritten = true;
            try
            {
                _out.WriteLine(JsonSerializer.Serialize(new { Error = message, ExitCode = exitCode }, Json));
                _out.Flush();
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // As below.
            }
        }
    }

    private void Tell(string message)
    {
        try
        {
            _error.WriteLine(message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Standard error is closed, or a file on a full disk: the exit code still says how it ended.
        }
    }

    /// <summary>Does work that reports how far it is; a bar shows on a terminal once it takes more than a second.</summary>
    /// <param name="title">A few words for the bar.</param>
    public async Task<T> WithProgressAsync<T>(string title, Func<ProgressCounter, Task<T>> work)
    {
        var counter = new ProgressCounter();
        if (!_errorIsTerminal || IsQuiet)
        {
            return await work(counter);
        }

        var running = Task.Run(() => work(counter));
        await Task.WhenAny(running, Task.Delay(s_patience));
        if (!running.IsCompleted)
        {
            await ShowAsync(title, counter, running);
        }

        return await running;
    }

    private async Task ShowAsync(string title, ProgressCounter counter, Task running) =>
        await ConsoleOn(_error, isTerminal: true).Progress().AutoClear(true)
            .StartAsync(async progress =>
            {
                var bar = progress.AddTask(Markup.Escape(title), maxValue: 1);
                while (!running.IsCompleted)
                {
                    bar.IsIndeterminate(counter.Total == 0);
                    bar.Value = counter.Total == 0 ? 0 : Math.Min(1, (double)counter.Done / counter.Total);
                    await Task.WhenAny(running, Task.Delay(100));
                }
            });

    private static IAnsiConsole ConsoleOn(TextWriter writer, bool isTerminal)
    {
        const int WidthInFiles = 160;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = isTerminal ? InteractionSupport.Yes : InteractionSupport.No,
        });
        if (!isTerminal)
        {
            console.Profile.Width = WidthInFiles;
        }

        return console;
    }
}

/// <summary>How far some work is. Safe to use from several threads.</summary>
internal sealed class ProgressCounter
{
    private long _done;
    private long _total;

    public long Done => Interlocked.Read(ref _done);

    /// <summary>All there is to do; 0 while unknown.</summary>
    public long Total
    {
        get => Interlocked.Read(ref _total);
        set => Interlocked.Exchange(ref _total, value);
    }

    public void Add(long more = 1) => Interlocked.Add(ref _done, more);
}
