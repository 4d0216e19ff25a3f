using System.Diagnostics;
using CpIs.Domain.Decisions;
using CpIs.Storage.Ledger;

namespace CpIs.Storage.Tests;

/// <summary>A second process, to be killed: the test assembly started as a program, which does one thing and then waits for ever.</summary>
internal sealed class OtherProcess : IAsyncDisposable
{
    private const string Waiting = "waiting";
    private const string Variable = "CPIS_TEST_CONNECTION";
    private readonly Process _process;

    private OtherProcess(Process process) => _process = process;

    /// <summary>Starts it and returns when it has come to where it waits.</summary>
    public static async Task<OtherProcess> StartAsync(string what, TestFolder folder)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(OtherProcess).Assembly.Location, what, folder.Provider])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        start.Environment[Variable] = folder.ConnectionString();
        var process = Process.Start(start)!;
        var line = await process.StandardOutput.ReadLineAsync();
        return line == Waiting ? new OtherProcess(process) : throw new InvalidOperationException("The other process said: " + line);
    }

    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            await KillAsync();
        }

        _process.Dispose();
    }

    public static async Task<int> Main(string[] args)
    {
        var database = new Database(args[1], Environment.GetEnvironmentVariable(Variable)!);
        switch (args[0])
        {
            case "lock":
                await using (await RunLock.TakeAsync(database, "R-other", TimeProvider.System, default))
                {
                    await WaitAsync();
                }

                return 0;
            case "add-files":
                await using (var session = await database.OpenAsync(default))
                {
                    var files = new FileStore(session);
                    var number = await files.TakeNumberAsync("XX", "R1", Any.Now, default);
                    await files.AddAsync([new NewFile(number, "hl7v3", "f", "f", "00", 3, "L" + number)], HalfAsync(), default);
                }

                return 0;
            default:
                return 1;
        }

        static async IAsyncEnumerable<Decision> HalfAsync()
        {
            yield return Any.Decision(Any.Key(1), "P1");
            yield return Any.Decision(Any.Key(2), "P2");
            await WaitAsync();
            yield return Any.Decision(Any.Key(3), "P3");
        }

        static async Task WaitAsync()
        {
            Console.WriteLine(Waiting);
            await Task.Delay(Timeout.Infinite);
        }
    }
}
