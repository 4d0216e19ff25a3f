using CpIs.Batch.Steps;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>submit</c>.</summary>
internal static class SubmitHandler
{
    public static async Task<int> RunAsync(CommandContext context, SubmitOptions options, CancellationToken cancellationToken)
    {
        await using var run = await CouncilRun.BeginAsync(context, "submit", null, cancellationToken);
        await using var transport = ConfiguredTransport.Open(context, run.Session);
        var result = await new SubmitStep(run, transport.Transport).RunAsync(cancellationToken);
        var summary = new
        {
            run.RunId,
            AsOf = context.BusinessDate,
            Sent = result.Sent.Select(f => f.Number.Value).ToList(),
            Waiting = result.Waiting.Select(f => f.Number.Value).ToList(),
            Refused = result.Refused.Select(f => f.File.Number.Value).ToList(),
            result.Problem,
        };
        context.Output.Result(summary, console =>
        {
            console.WriteLine($"{result.Sent.Count} files sent, {result.Waiting.Count} waiting, {result.Refused.Count} refused.");
            foreach (var (file, outcome) in result.Refused)
            {
                console.WriteLine($"{file.FileName}: {outcome.Detail}");
            }

            if (result.Problem is not null)
            {
                console.WriteLine(result.Problem);
            }
        });
        return await run.EndAsync(result.ExitCode, summary);
    }
}
