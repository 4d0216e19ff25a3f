using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using CpIs.Batch.Configuration;
using CpIs.Files;

namespace CpIs.Batch.Commands;

/// <summary>The program: its command line, and what is said when that cannot be understood.</summary>
internal static class CpisProgram
{
    public static async Task<int> RunAsync(IReadOnlyList<string> args, ProgramEnvironment environment, CancellationToken interruption)
    {
        var global = new GlobalOptions();
        var runner = new CommandRunner(environment, global, interruption);
        var root = CreateRoot(runner, global);
        var parse = root.Parse(args, new ParserConfiguration { EnablePosixBundling = false, ResponseFileTokenReplacer = null });
        if (parse.Errors.Count > 0 && parse.Action is not HelpAction and not HelpWithExamples)
        {
            var problems = UsageProblems(parse);
            runner.OutputOf(parse).Failure(
                string.Join(System.Environment.NewLine, problems.Append($"See: {CommandPath(parse)} --help")),
                ExitCodes.Usage);
            return ExitCodes.Usage;
        }

        try
        {
            return await parse.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = environment.Out,
                    Error = environment.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                interruption);
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            // Help and version are written by the parser, outside the runner; a command's own faults never come here.
            runner.OutputOf(parse).Failure($"{CommandPath(parse)}: {FileFault.InWords(e)} {FileFault.Advice(e)}", ExitCodes.CannotFinish);
            return ExitCodes.CannotFinish;
        }
    }

    /// <summary>The whole command line: every command, option and argument.</summary>
    public static RootCommand CreateRoot(CommandRunner runner, GlobalOptions global)
    {
        var root = new RootCommand("Keeps the NHS's Child Protection - Information Sharing service (CP-IS) right for one council.")
        {
            ExtractCommand.Create(runner),
            TransformCommand.Create(runner),
            SubmitCommand.Create(runner),
            IngestAccessCommand.Create(runner),
            ReconcileCommand.Create(runner),
            NightlyCommand.Create(runner),
            ScheduleCommand.Create(runner),
            StatusCommand.Create(runner),
            ExplainCommand.Create(runner),
            ReportCommand.Create(runner),
            PurgeCommand.Create(runner),
            DbCommand.Create(runner),
            MeshCommand.Create(runner),
            SimulateCommand.Create(runner),
            DemoCommand.Create(runner),
            CompletionCommand.Create(runner),
        };
        foreach (var option in global.All)
        {
            root.Add(option);
        }

        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new HelpWithExamples((HelpAction)help.Action!, runner.Examples);
        return root;
    }

    private static string CommandPath(ParseResult parse)
    {
        var names = new Stack<string>();
        for (var command = parse.CommandResult; command is not null; command = command.Parent as System.CommandLine.Parsing.CommandResult)
        {
            names.Push(command.Command is RootCommand ? "cpis" : command.Command.Name);
        }

        return string.Join(' ', names);
    }

    private static List<string> UsageProblems(ParseResult parse)
    {
        var command = parse.CommandResult.Command;
        var unmatched = parse.UnmatchedTokens;
        if (unmatched.Count > 0)
        {
            // The parser's own errors follow from the unknown word, so only that is told.
            return [DescribeUnknown(unmatched[0], command, parse)];
        }

        if (command.Subcommands.Count > 0 && command.Action is null)
        {
            return [$"A command is needed: {string.Join(", ", command.Subcommands.Select(c => c.Name))}."];
        }

        return [.. parse.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal)];
    }

    private static string DescribeUnknown(string word, Command command, ParseResult parse)
    {
        var isOption = word.StartsWith('-');
        var isCommand = !isOption && command.Subcommands.Count > 0;
        IEnumerable<string> candidates = isCommand
            ? command.Subcommands.Select(c => c.Name)
            : isOption ? command.Options.Concat(parse.RootCommandResult.Command.Options.Where(o => o.Recursive)).Select(o => o.Name) : [];
        var kind = isOption ? "option" : isCommand ? "command" : "argument";
        var near = Nearest.To(word.Split('=')[0], candidates);
        return near is null ? $"Unknown {kind}: {word}." : $"Unknown {kind}: {word}. Did you mean {near}?";
    }

    /// <summary>The usual help, followed by examples.</summary>
    private sealed class HelpWithExamples(HelpAction usual, IReadOnlyDictionary<Command, string[]> examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            var result = usual.Invoke(parseResult);
            if (examples.TryGetValue(parseResult.CommandResult.Command, out var lines))
            {
                var output = parseResult.InvocationConfiguration.Output;
                output.WriteLine(lines.Length == 1 ? "Example:" : "Examples:");
                foreach (var line in lines)
                {
                    output.WriteLine($"  cpis {line}");
                }

                output.WriteLine();
            }

            return result;
        }
    }
}
