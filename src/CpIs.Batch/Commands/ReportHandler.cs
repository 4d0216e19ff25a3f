using System.Globalization;
using CpIs.Batch.Report;
using CpIs.Batch.Steps;
using CpIs.Files;
using CpIs.Storage;
using CpIs.Storage.Report;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>
/// The work of <c>report</c>: it reads, takes no lock, and writes one page that is there whole or not at all. A page with names is noted
/// in the trail before it can be seen.
/// </summary>
internal static class ReportHandler
{
    public static async Task<int> RunAsync(CommandContext context, ReportOptions options, CancellationToken cancellationToken)
    {
        if (Directory.Exists(options.Out) || !Directory.Exists(Path.GetDirectoryName(options.Out)))
        {
            throw new UsageException("--out takes a file in a folder that is there.");
        }

        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        await KnownDates.RefuseEarlierAsync(context, session, cancellationToken);
        var gatherer = new ReportGatherer(context, session);
        var data = await context.Output.WithProgressAsync("Reading", _ => gatherer.GatherAsync(cancellationToken));
        if (options.Identified)
        {
            var user = System.Environment.UserName;
            var trailId = await new ReportStore(session).AddToTrailAsync(
                context.Environment.MachineClock.GetUtcNow(), user, System.Environment.MachineName, "report --identified",
                string.Create(CultureInfo.InvariantCulture, $"business date {context.BusinessDate:yyyy-MM-dd}, page {options.Out}"), cancellationToken);
            data = data with { Identified = new IdentifiedPeople(user, trailId, await gatherer.IdentitiesAsync(data, cancellationToken)) };
        }

        var page = ReportPage.Write(data);
        try
        {
            await DurableFile.WriteAsync(options.Out, stream => stream.WriteAsync(page, cancellationToken).AsTask());
        }
        catch (Exception e) when (FileFault.Is(e))
        {
            throw new CannotFinishException($"The page cannot be written. {FileFault.InWords(e)} {FileFault.Advice(e)}", e);
        }

        var result = ReportSummary.Of(data, options.Out, page.Length);
        context.Output.Result(result, console =>
        {
            console.WriteLine($"Report for {data.AsOf.ToString("d MMMM yyyy", CultureInfo.InvariantCulture)}: {options.Out}");
            if (result.TrailId is { } entry)
            {
                console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"It shows names and NHS numbers; that is recorded as entry {entry} of the trail."));
            }
        });
        return ExitCodes.Done;
    }
}
