using System.Runtime.InteropServices;

namespace CpIs.Tds;

/// <summary>The server as a program: prints its connection string and runs until SIGTERM or the end of standard input.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        await using var server = await TdsServer.StartAsync();
        if (args is ["--certificate", var file])
        {
            server.WriteCertificate(file);
        }
        else if (args.Length > 0)
        {
            await Console.Error.WriteLineAsync("Usage: CpIs.Tds [--certificate FILE]   prints the connection string; ends with its standard input or SIGTERM");
            return 2;
        }

        var stopped = new TaskCompletionSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stopped.TrySetResult();
        });
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            stopped.TrySetResult();
        });
        Console.WriteLine(server.ConnectionString);
        var input = Task.Run(() =>
        {
            while (Console.In.ReadLine() is not null)
            {
            }
        });
        await Task.WhenAny(stopped.Task, input);
        return 0;
    }
}
