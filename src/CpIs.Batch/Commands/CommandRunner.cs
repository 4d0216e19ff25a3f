using System.CommandLine;
using System.Data.Common;
using CpIs.Batch.Configuration;
using CpIs.Batch.Logging;
using CpIs.Batch.Output;
using CpIs.Batch.Steps;
using CpIs.Domain.Time;
using CpIs.Files;
using CpIs.Storage;
using CpIs.Storage.Source;
using CpIs.Transport;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Commands;

/// <summary>Joins commands to their work: prepares what the work needs, and turns how it ended into an exit code.</summary>
internal sealed class CommandRunner(ProgramEnvironment environment, GlobalOptions global, CancellationToken interruption)
{
    private readonly Dictionary<Command, string[]> _examples = [];

    /// <summary>Examples for <c>--help</c>, without the program's name.</summary>
    public IReadOnlyDictionary<Command, string[]> Examples => _examples;

    public ProgramEnvironment Environment => environment;

    /// <summary>A path from the command line, in full.</summary>
    public string? PathOf(string? path) => string.IsNullOrWhiteSpace(path) ? null : Path.GetFullPath(path, environment.WorkingFolder);

    /// <summary>A folder named on the command line, in full, or null when none is.</summary>
    /// <exception cref="UsageException">It does not exist.</exception>
    public string? ExistingFolder(Option<string?> option, ParseResult parse) => Existing(option, parse, "a folder", Directory.Exists);

    /// <inheritdoc cref="ExistingFolder" />
    public string? ExistingFile(Option<string?> option, ParseResult parse) => Existing(option, parse, "a file", File.Exists);

    /// <inheritdoc cref="ExistingFolder" />
    public string? ExistingPath(Option<string?> option, ParseResult parse) => Existing(option, parse, "a file or folder", Path.Exists);

    public CommandOutput OutputOf(ParseResult parse) => new(
        environment.Out,
        environment.Error,
        environment.OutIsTerminal,
        environment.ErrorIsTerminal,
        parse.GetValue(global.Json),
        parse.GetValue(global.Quiet));

    /// <summary>Gives a command its work.</summary>
    /// <param name="examples">Command lines for <c>--help</c>, without the program's name.</param>
    /// <param name="read">Makes the work's options of what was typed.</param>
    /// <param name="usesData">False for work that touches nothing of the data folder: it is then not made, and no log file is written.</param>
    public Command Bind<TOptions>(
        Command command,
        string[] examples,
        Func<ParseResult, TOptions> read,
        Func<CommandContext, TOptions, CancellationToken, Task<int>> work,
        Func<TOptions, bool>? usesData = null)
    {
        _examples.Add(command, examples);
        command.SetAction((parse, _) => RunAsync(parse, command.Name, read, work, usesData ?? (_ => true)));
        return command;
    }

    private string? Existing(Option<string?> option, ParseResult parse, string kind, Func<string, bool> exists)
    {
        var path = PathOf(parse.GetValue(option));
        return path is null || exists(path) ? path : throw new UsageException($"{option.Name} names {kind} that does not exist: {parse.GetValue(option)}");
    }

    private async Task<int> RunAsync<TOptions>(
        ParseResult parse,
        string name,
        Func<ParseResult, TOptions> read,
        Func<CommandContext, TOptions, CancellationToken, Task<int>> work,
        Func<TOptions, bool> dataIsUsed)
    {
        var usesData = true;
        var output = OutputOf(parse);
        ILoggerFactory? logs = null;
        CommandContext? context = null;
        try
        {
            interruption.ThrowIfCancellationRequested();
            var options = read(parse);
            usesData = dataIsUsed(options);
            var settings = SettingsLoader.Load(parse.GetValue(global.Config), environment.WorkingFolder, environment.Variables);
            if (parse.GetValue(global.LogLevel) is { } level)
            {
                var detail = SettingsLoader.LogDetails.Single(l => l.Name.Equals(level, StringComparison.OrdinalIgnoreCase)).Value;
                settings = settings with { Logging = settings.Logging with { Level = detail } };
            }

            var data = new DataFolder(PathOf(parse.GetValue(global.Data)) ?? Path.Combine(environment.WorkingFolder, GlobalOptions.DefaultDataFolder));
            if (usesData)
            {
                if (File.Exists(data.Root))
                {
                    throw new UsageException($"--data names a file, not a folder: {data.Root}");
                }

                data.Create();
            }

            logs = RunLogging.Create(settings.Logging, usesData ? data.Logs : null, environment.Error);
            var asOf = parse.GetValue(global.AsOf);
            var clock = new RunClock(environment.MachineClock, asOf);
            context = new CommandContext(settings, data, clock, asOf is not null, logs, output, environment);
            return await work(context, options, interruption);
        }
        catch (OperationCanceledException) when (interruption.IsCancellationRequested)
        {
            output.Failure("Interrupted. What was begun is finished by the next run.", ExitCodes.Interrupted);
            return ExitCodes.Interrupted;
        }
        catch (Exception e) when (e is UsageException or SettingsException)
        {
            output.Failure(e.Message, ExitCodes.Usage);
            return ExitCodes.Usage;
        }
        catch (Exception e) when (e is StorageSetupException or ExtractFolderException)
        {
            Log(logs, name, e);
            output.Failure(e.Message, ExitCodes.Usage);
            return ExitCodes.Usage;
        }
        catch (OperatorNeededException e)
        {
            Log(logs, name, e);
            output.Failure(e.Message, ExitCodes.NeedsOperator);
            return ExitCodes.NeedsOperator;
        }
        catch (RunLockedException e)
        {
            output.Failure(e.Message, ExitCodes.Locked);
            return ExitCodes.Locked;
        }
        catch (Exception e) when (e is CannotFinishException or TransportException or StorageException)
        {
            Log(logs, name, e);
            output.Failure(e.Message, ExitCodes.CannotFinish);
            return ExitCodes.CannotFinish;
        }
#pragma warning disable CA1031 // The last place where a failure can be turned into an exit code.
        catch (Exception e)
#pragma warning restore CA1031
        {
            Log(logs, name, e);
            var where = usesData && logs is not null ? " Details are in the log file." : string.Empty;
            var problem = e is DbException error && context is not null ? Databases.Of(context).Explain(error)
                : FileFault.Is(e) ? $"{FileFault.InWords(e)} {FileFault.Advice(e)}"
                : SafeExceptionText.Summary(e);
            output.Failure($"{name} could not finish: {problem}{where}", ExitCodes.CannotFinish);
            return ExitCodes.CannotFinish;
        }
        finally
        {
            logs?.Dispose();
        }
    }

    // Below the level that is also shown: the person who started the command reads the reason once, not twice.
    private static void Log(ILoggerFactory? logs, string name, Exception e) =>
        logs?.CreateLogger("cpis").LogInformation(e, "{Command} could not finish", name);
}
