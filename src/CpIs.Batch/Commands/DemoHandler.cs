using CpIs.Batch.Demo;
using CpIs.Batch.Logging;
using CpIs.Batch.StandIn;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>demo</c>.</summary>
internal static class DemoHandler
{
    public static async Task<int> RunAsync(CommandContext context, DemoOptions options, CancellationToken cancellationToken)
    {
        if (context.AsOfGiven)
        {
            throw new UsageException($"demo runs the nights of {StandInText.Of(DemoRun.NightOne)} and {StandInText.Of(DemoRun.NightTwo)}: leave --as-of out.");
        }

        var data = DemoFolder.Fresh(options.DataFolder);
        data.Create();

        // What needs an operator in the sample council belongs in the summary, not in between.
        using var logs = RunLogging.Create(context.Settings.Logging, data.Logs, TextWriter.Null);
        var result = await new DemoRun(context, data, logs, cancellationToken).RunAsync();
        context.Output.Result(result, console => DemoView.Write(console, result, data));
        return ExitCodes.Done;
    }
}
