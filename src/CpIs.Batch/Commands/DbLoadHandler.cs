using System.Globalization;
using CpIs.Batch.Steps;
using CpIs.Domain.Source;
using CpIs.Storage;
using CpIs.Storage.Source;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db load</c>. It creates the embedded database when there is none; loading during a run is refused by the run lock.</summary>
internal static class DbLoadHandler
{
    public static async Task<int> RunAsync(CommandContext context, DbLoadOptions options, CancellationToken cancellationToken)
    {
        var database = Databases.Of(context);
        if (!database.HasCareTables)
        {
            throw new UsageException("db load fills the embedded care tables only; with Database:Provider sqlserver the source views belong to the council.");
        }

        if (context.Settings.Database.ConnectionString is null && !File.Exists(context.Data.Database))
        {
            await new Migrator(database, context.Environment.MachineClock).ApplyAsync(cancellationToken);
        }

        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        await using var held = await RunLock.TakeAsync(database, "db-load", context.Environment.MachineClock, cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        var malformed = new List<SetAsideRow>();
        var counts = await context.Output.WithProgressAsync(
            "Loading", _ => CareTables.LoadAsync(session, options.From, malformed.Add, cancellationToken));
        foreach (var row in malformed.Take(20))
        {
            context.Output.Say($"{row.Where}: {row.Problem}");
        }

        context.Output.Result(
            new { Rows = counts.ToDictionary(c => NameOf(c.Key), c => c.Value), Malformed = malformed.Count },
            console =>
            {
                var table = new Table().AddColumn("file").AddColumn(new TableColumn("rows").RightAligned());
                foreach (var (source, rows) in counts)
                {
                    table.AddRow(NameOf(source) + ".csv", rows.ToString(CultureInfo.InvariantCulture));
                }

                console.Write(table);
            });
        return ExitCodes.Done;
    }

    private static string NameOf(SourceTable table) => table switch
    {
        SourceTable.Person => "person",
        SourceTable.Plan => "plan",
        SourceTable.LegalStatus => "legal_status",
        _ => "worker",
    };
}
