using System.Globalization;
using CpIs.Batch.Generator;
using CpIs.Storage.Source;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db generate</c>.</summary>
internal static class DbGenerateHandler
{
    public static async Task<int> RunAsync(CommandContext context, DbGenerateOptions options, CancellationToken cancellationToken)
    {
        if (options.Children > NhsNumberSupply.Capacity)
        {
            throw new UsageException($"--children: the range of NHS numbers used for synthetic data holds {NhsNumberSupply.Capacity} valid ones. Ask for fewer.");
        }

        var manifest = await context.Output.WithProgressAsync("Generating care data", async counter =>
        {
            await using var writer = ExtractFolderWriter.Create(options.Out);
            CareGenerator.Generate(writer, options.Children, options.Seed, context.BusinessDate, options.BadRows, counter, cancellationToken);
            return await writer.CompleteAsync(ExtractManifest.Plain(context.BusinessDate));
        });

        context.Output.Result(
            new { manifest.AsOf, options.Seed, options.Children, options.BadRows, options.Out, manifest.Files },
            console =>
            {
                var table = new Table().AddColumns("File", "Rows", "SHA-256");
                foreach (var (name, file) in manifest.Files)
                {
                    table.AddRow(name, file.Rows.ToString("N0", CultureInfo.InvariantCulture), file.Sha256 ?? string.Empty);
                }

                console.Write(table);
                console.WriteLine($"Synthetic care data as of {manifest.AsOf:yyyy-MM-dd} in {options.Out}");
            });
        return ExitCodes.Done;
    }
}
