using System.CommandLine;
using CpIs.Batch.Commands;
using Shouldly;

namespace CpIs.Batch.Tests.Commands;

internal static class CommandTree
{
    public static RootCommand Root(out IReadOnlyDictionary<Command, string[]> examples)
    {
        var environment = new ProgramEnvironment(TextWriter.Null, TextWriter.Null, false, false, Path.GetTempPath(), [], TimeProvider.System);
        var global = new GlobalOptions();
        var runner = new CommandRunner(environment, global, CancellationToken.None);
        var root = CpisProgram.CreateRoot(runner, global);
        examples = runner.Examples;
        return root;
    }

    public static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);

    public static string PathOf(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault(p => p is not RootCommand) is { } parent ? $"{PathOf(parent)} {command.Name}" : command.Name;

    public static void ShouldBeSubsetOfReverse(this IEnumerable<string> actual, IEnumerable<string> expected) => expected.ShouldBeSubsetOf(actual);
}
