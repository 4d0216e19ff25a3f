using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace CpIs.Crash.Tests.Harness;

/// <summary>How a run of the engine ended.</summary>
/// <param name="ExitCode">137 when it was killed.</param>
public sealed record Ended(int ExitCode, string Output, string Error, TimeSpan Took)
{
    public const int Killed = 137;

    public bool WasKilled => ExitCode == Killed;
}

/// <summary>The engine as a process: the same program, with the points in it (see CpIs.CrashEngine).</summary>
public sealed partial class Engine(string root)
{
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigTerm = 15;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    /// <summary>Working folder; <c>cpis.json</c> and the data folder lie in it.</summary>
    public string Root { get; } = root;

    public string Data => Path.Combine(Root, "data");

    public static string Program => Path.Combine(AppContext.BaseDirectory, "CpIs.CrashEngine.dll");

    /// <summary>Runs a command to its end.</summary>
    public async Task<Ended> RunAsync(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        using var running = Start(environment, arguments);
        return await running.EndAsync();
    }

    public Running Start(IReadOnlyDictionary<string, string>? environment, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Program, .. arguments, "--data", Data])
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (key, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[key] = value;
        }

        return new Running(Process.Start(start)!, string.Join(' ', arguments));
    }

    public static IReadOnlyDictionary<string, string> With(string key, string value) => new Dictionary<string, string> { [key] = value };

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int process, int signal);

    /// <summary>A process of ours that is at work.</summary>
    public sealed class Running(Process process, string command) : IDisposable
    {
        private readonly Task<string> _output = process.StandardOutput.ReadToEndAsync();
        private readonly Task<string> _error = process.StandardError.ReadToEndAsync();
        private readonly Stopwatch _watch = Stopwatch.StartNew();

        public int Id { get; } = process.Id;

        public bool HasExited => process.HasExited;

        public void Signal(int signal)
        {
            if (!process.HasExited)
            {
                _ = Kill(process.Id, signal);
            }
        }

        public async Task<Ended> EndAsync()
        {
            using var patience = new CancellationTokenSource(s_patience);
            try
            {
                await process.WaitForExitAsync(patience.Token);
            }
            catch (OperationCanceledException e)
            {
                Signal(SigKill);
                throw new TimeoutException($"'{command}' did not end within {s_patience.TotalMinutes.ToString(CultureInfo.InvariantCulture)} minutes.", e);
            }

            return new Ended(process.ExitCode, await _output, await _error, _watch.Elapsed);
        }

        public void Dispose()
        {
            Signal(SigKill);
            process.Dispose();
        }
    }
}
