using System.Runtime.InteropServices;

namespace CpIs.Tds;

/// <summary>The server as a program: prints its connection string and runs until SIGTERM or the end of standard input.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        await using var server = await TdsServer.StartAsync();
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--certificate" when i + 1 < args.Length:
                    server.WriteCertificate(args[++i]);
                    break;
                case "--errors":
                    server.ErrorSent = Console.Error.WriteLine;
                    break;
                default:
                    await Console.Error.WriteLineAsync(
                        "Usage: CpIs.Tds [--certificate FILE] [--errors]   prints the connection string; ends with its standard input or SIGTERM");
                    return 2;
            }
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
