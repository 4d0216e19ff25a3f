using CpIs.Batch.Steps;
using CpIs.Storage;
using CpIs.Storage.Source;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db check</c>: exit code 2 when a run would stop or set rows aside.</summary>
internal static class DbCheckHandler
{
    public static async Task<int> RunAsync(CommandContext context, DbCheckOptions options, CancellationToken cancellationToken)
    {
        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        var findings = await SourceCheck.RunAsync(session, context.BusinessDate, cancellationToken);
        context.Output.Result(
            new { Findings = findings },
            console =>
            {
                if (findings.Count == 0)
                {
                    console.WriteLine("The source views are there, with the columns and types needed, and the rights are no wider than needed.");
                    return;
                }

                var table = new Table().AddColumn("view").AddColumn("finding").AddColumn("kind");
                foreach (var finding in findings)
                {
                    table.AddRow(Markup.Escape(finding.View), Markup.Escape(finding.Text), finding.IsError ? "error" : "advice");
                }

                console.Write(table);
            });
        return findings.Any(f => f.IsError) ? ExitCodes.Usage : ExitCodes.Done;
    }
}
