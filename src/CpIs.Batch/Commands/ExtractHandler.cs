using System.Globalization;
using CpIs.Batch.Steps;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>extract</c>.</summary>
internal static class ExtractHandler
{
    public static async Task<int> RunAsync(CommandContext context, ExtractOptions options, CancellationToken cancellationToken)
    {
        await using var run = await CouncilRun.BeginAsync(context, "extract", options.People, cancellationToken);
        var folder = options.Out ?? context.Data.Extract(run.RunId);
        var manifest = await new ExtractStep(run).RunAsync(options.People, folder, cancellationToken);
        var rows = manifest.Files.ToDictionary(f => f.Key, f => f.Value.Rows, StringComparer.Ordinal);
        var result = new { run.RunId, AsOf = context.BusinessDate, ExtractDir = folder, Rows = rows };
        context.Output.Result(result, console =>
        {
            var table = new Table().AddColumn("file").AddColumn(new TableColumn("rows").RightAligned());
            foreach (var (file, count) in rows)
            {
                table.AddRow(file, count.ToString(CultureInfo.InvariantCulture));
            }

            console.Write(table);
            console.WriteLine($"Extract folder: {folder}");
        });
        return await run.EndAsync(ExitCodes.Done, result);
    }
}
