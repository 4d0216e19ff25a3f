using System.Runtime.InteropServices;

namespace CpIs.Batch.Commands;

/// <summary>
/// Turns Ctrl-C and a polite request to stop (SIGTERM) into a cancelled token. A second one ends the process at once. Started by
/// <c>cpis schedule</c>, the end of standard input is such a request too: it reaches the process on every system, and also when the
/// scheduler dies.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>Set in the environment of a process that must stop when its standard input ends.</summary>
    public const string StopWithInputVariable = "CPIS_STOP_WITH_INPUT";

    private readonly CancellationTokenSource _source = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() => _registrations =
    [
        PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
        PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
    ];

    public CancellationToken Token => _source.Token;

    /// <summary>Watches standard input, if this process was told to.</summary>
    public void WatchInput()
    {
        if (Environment.GetEnvironmentVariable(StopWithInputVariable) is null)
        {
            return;
        }

        // A thread of its own, in the background: reading a pipe cannot be cancelled, and must not keep the process alive.
        new Thread(() =>
        {
            using var input = Console.OpenStandardInput();
            Span<byte> ignored = stackalloc byte[64];
            while (input.Read(ignored) > 0)
            {
            }

            Cancel();
        })
        { IsBackground = true }.Start();
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
        {
            registration.Dispose();
        }

        _source.Dispose();
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = !_source.IsCancellationRequested;
        Cancel();
    }

    private void Cancel()
    {
        try
        {
            _source.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The command is done.
        }
    }
}
