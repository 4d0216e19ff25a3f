using CpIs.Batch.Commands;

namespace CpIs.Batch.Tests.Commands;

/// <summary>Runs the program in this process, in a folder of its own.</summary>
internal sealed class Cli : IDisposable
{
    public TempFolder Folder { get; } = new();

    public List<KeyValuePair<string, string>> Variables { get; } = [];

    public void Dispose() => Folder.Dispose();

    public async Task<CliResult> RunAsync(CancellationToken interruption, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new ProgramEnvironment(output, error, OutIsTerminal: false, ErrorIsTerminal: false, Folder.Path, Variables, TimeProvider.System);
        var exitCode = await CpisProgram.RunAsync(args, environment, interruption);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }

    public Task<CliResult> RunAsync(params string[] args) => RunAsync(CancellationToken.None, args);
}

internal sealed record CliResult(int ExitCode, string Out, string Error);
