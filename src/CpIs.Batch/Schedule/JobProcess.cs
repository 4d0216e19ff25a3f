using System.Diagnostics;
using CpIs.Batch.Commands;

namespace CpIs.Batch.Schedule;

/// <summary>How a job's process ended.</summary>
/// <param name="ExitCode">The exit code of the program; that of a process which was ended is the system's.</param>
/// <param name="TimedOut">It was asked to stop because it took too long.</param>
/// <param name="Ended">It did not stop in time when asked to, and was ended.</param>
/// <param name="LastWords">Its last line on standard error, or null.</param>
internal sealed record JobOutcome(int ExitCode, TimeSpan Took, bool TimedOut, bool Ended, string? LastWords);

/// <summary>
/// Runs a command as a process of this program. What goes wrong in it, memory included, is its own; it can be ended at any point; and it
/// ends by itself when this process dies, because its standard input ends then.
/// </summary>
internal sealed class JobProcess(TimeProvider clock, TimeSpan grace)
{
    private static readonly TimeSpan s_longest = TimeSpan.FromDays(1);

    /// <summary>The program and the arguments before the command's own.</summary>
    private static readonly (string Program, string[] Before) s_self = Self();

    /// <param name="words">Command and options.</param>
    /// <param name="variables">Environment variables beside those of this process.</param>
    /// <param name="stop">Asks the process to stop at its next safe point.</param>
    /// <exception cref="CannotFinishException">The process cannot be started.</exception>
    public async Task<JobOutcome> RunAsync(
        IReadOnlyList<string> words, string workingFolder, IEnumerable<KeyValuePair<string, string>> variables, TimeSpan timeout, CancellationToken stop)
    {
        var start = new ProcessStartInfo(s_self.Program)
        {
            WorkingDirectory = workingFolder,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var word in s_self.Before.Concat(words))
        {
            start.ArgumentList.Add(word);
        }

        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        start.Environment[Interruption.StopWithInputVariable] = "1";
        using var process = new Process { StartInfo = start };
        string? lastWords = null;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) => lastWords = string.IsNullOrWhiteSpace(e.Data) ? lastWords : e.Data;
        var began = clock.GetTimestamp();
        try
        {
            process.Start();
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new CannotFinishException($"The process of a job cannot be started: {s_self.Program}.", e);
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        using var asked = CancellationTokenSource.CreateLinkedTokenSource(stop);
        asked.CancelAfter(timeout < s_longest ? timeout : s_longest);
        var ended = false;
        try
        {
            await process.WaitForExitAsync(asked.Token);
        }
        catch (OperationCanceledException)
        {
            ended = !await StopAsync(process);
        }

        return new JobOutcome(process.ExitCode, clock.GetElapsedTime(began), asked.IsCancellationRequested && !stop.IsCancellationRequested, ended, lastWords);
    }

    /// <summary>Asks a process to stop, and ends it when it does not.</summary>
    /// <returns>False when it had to be ended.</returns>
    private async Task<bool> StopAsync(Process process)
    {
        process.StandardInput.Close();
        using var patience = new CancellationTokenSource(grace);
        try
        {
            await process.WaitForExitAsync(patience.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None);
            return false;
        }
    }

    private static (string Program, string[] Before) Self()
    {
        var assembly = typeof(JobProcess).Assembly;
        var host = Environment.ProcessPath;
        var isOurs = host is not null && Path.GetFileNameWithoutExtension(host).Equals(assembly.GetName().Name, StringComparison.OrdinalIgnoreCase);
        return isOurs ? (host!, [])
            : host is not null && Path.GetFileNameWithoutExtension(host).Equals("dotnet", StringComparison.OrdinalIgnoreCase) ? (host, [assembly.Location])
            : ("dotnet", [assembly.Location]);
    }
}
