using CpIs.Batch.Steps;
using CpIs.Storage;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db init</c>.</summary>
internal static class DbInitHandler
{
    public static async Task<int> RunAsync(CommandContext context, DbInitOptions options, CancellationToken cancellationToken)
    {
        var applied = await new Migrator(Databases.Of(context), context.Environment.MachineClock).ApplyAsync(cancellationToken);
        context.Output.Result(
            new { Applied = applied },
            console => console.WriteLine(applied.Count == 0 ? "The database is current." : $"Applied: {string.Join(", ", applied)}."));
        return ExitCodes.Done;
    }
}
