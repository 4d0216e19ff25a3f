using CpIs.Batch.Steps;
using CpIs.Transport;
using CpIs.Transport.MeshApi;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>mesh check</c>: exit code 3 when sending or receiving does not work. It needs no database.</summary>
internal static class MeshCheckHandler
{
    public static async Task<int> RunAsync(CommandContext context, MeshCheckOptions options, CancellationToken cancellationToken)
    {
        await using var services = ConfiguredTransport.MeshServices(context, new NoState());
        var findings = await services.GetRequiredService<MeshCheck>().RunAsync(cancellationToken);
        context.Output.Result(
            new { Findings = findings.Select(f => new { Level = f.Level.ToString().ToLowerInvariant(), f.Subject, f.Message, f.Advice }).ToList() },
            console =>
            {
                var table = new Table().AddColumns("what", "finding", "result", "advice");
                foreach (var finding in findings)
                {
                    table.AddRow(
                        Markup.Escape(finding.Subject), Markup.Escape(finding.Message), finding.Level.ToString().ToLowerInvariant(), Markup.Escape(finding.Advice ?? string.Empty));
                }

                console.Write(table);
            });
        return MeshCheck.Failed(findings) ? ExitCodes.CannotFinish : ExitCodes.Done;
    }

    /// <summary>A check remembers nothing.</summary>
    private sealed class NoState : ITransportState
    {
        public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => Task.FromResult<string?>(null);

        public Task SetAsync(string key, string? value, CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
