using System.Globalization;
using CpIs.Batch.Ingest;
using CpIs.Batch.Steps;
using CpIs.Messages.Inbound;
using CpIs.Storage;
using CpIs.Storage.Inbound;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>ingest-access</c>.</summary>
internal static class IngestAccessHandler
{
    public static async Task<int> RunAsync(CommandContext context, IngestAccessOptions options, CancellationToken cancellationToken)
    {
        if (options.Replay is { } wanted)
        {
            await RefuseUnknownAsync(context, wanted, cancellationToken);
        }

        await using var run = await CouncilRun.BeginAsync(context, "ingest-access", null, cancellationToken);
        await using var transport = ConfiguredTransport.Open(context, run.Session);
        var input = options.Replay is { } replay ? new IngestInput.Replay(replay)
            : options.In is { } path ? new IngestInput.Files(path)
            : (IngestInput)new IngestInput.Waiting(transport.Transport);
        var result = await new IngestStep(run, input, new InboundReader()).RunAsync(cancellationToken);
        context.Output.Result(result, console => Show(console, result));
        var exitCode = result.Problem is not null || result.Delayed > 0 ? ExitCodes.CannotFinish : result.NeedsOperator ? ExitCodes.NeedsOperator : ExitCodes.Done;
        return await run.EndAsync(exitCode, result);
    }

    public static void Show(IAnsiConsole console, IngestResult result)
    {
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Messages} messages ({result.Repeated} repeated), {result.Applied} applied, {result.Quarantined} quarantined."));
        console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{result.Acknowledgements} acknowledgements, {result.Rejected} records rejected; {result.InactiveNumbers} inactive numbers; {result.Accesses} accesses, {result.Unmatched} unmatched."));
        if (result.Alerts.Count > 0)
        {
            console.Write(TransformSummary.CountTable("alert", result.Alerts.Select(a => KeyValuePair.Create(a.Key, (long)a.Value))));
        }

        if (result.Delayed > 0)
        {
            console.WriteLine(string.Create(
                CultureInfo.InvariantCulture, $"{result.Delayed} items wait at the transport and could not be taken; each was named as a warning."));
        }

        if (result.Problem is not null)
        {
            console.WriteLine(result.Problem);
        }
    }

    /// <summary>A slip of the keyboard must leave no run behind: its business date would bind all later ones.</summary>
    /// <exception cref="UsageException">There is no message with that id.</exception>
    private static async Task RefuseUnknownAsync(CommandContext context, long inboundId, CancellationToken cancellationToken)
    {
        var database = Databases.Of(context);
        await new Migrator(database, context.Environment.MachineClock).EnsureCurrentAsync(cancellationToken);
        await using var session = await database.OpenAsync(cancellationToken);
        if (await new InboundStore(session).FindAsync(inboundId, cancellationToken) is null)
        {
            throw new UsageException($"--replay: there is no inbound message {inboundId}.");
        }
    }
}
