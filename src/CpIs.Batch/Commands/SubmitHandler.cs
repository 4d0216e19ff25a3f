using CpIs.Batch.Steps;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>submit</c>.</summary>
internal static class SubmitHandler
{
    public static async Task<int> RunAsync(CommandContext context, SubmitOptions options, CancellationToken cancellationToken)
    {
        await using var run = await CouncilRun.BeginAsync(context, "submit", null, cancellationToken);
        await run.StopOnUnknownAnswersAsync(cancellationToken);
        await using var transport = ConfiguredTransport.Open(context, run.Session);
        var result = await new SubmitStep(run, transport.Transport).RunAsync(cancellationToken);
        var summary = new
        {
            run.RunId,
            AsOf = context.BusinessDate,
            Sent = result.Sent.Select(f => f.Number.Value).ToList(),
            Waiting = result.Waiting.Select(f => f.Number.Value).ToList(),
            Refused = result.Refused.Select(f => f.File.Number.Value).ToList(),
            Stuck = result.Stuck.Select(f => f.File.Number.Value).ToList(),
            result.Problem,
            result.ArchiveProblem,
        };
        context.Output.Result(summary, console =>
        {
            console.WriteLine($"{result.Sent.Count} files sent, {result.Waiting.Count} waiting, {result.Refused.Count} refused.");
            foreach (var (file, outcome) in result.Refused)
            {
                console.WriteLine($"{file.FileName}: {outcome.Detail}");
            }

            foreach (var stuck in result.Stuck)
            {
                console.WriteLine($"{stuck.File.FileName} cannot be handed over; the duty role has an alert.");
            }

            foreach (var problem in new[] { result.Problem, result.ArchiveProblem }.OfType<string>())
            {
                console.WriteLine(problem);
            }
        });
        return await run.EndAsync(result.ExitCode, summary);
    }
}
