namespace CpIs.Model.Tests;

/// <summary>The machine's clock of a history. It stands still while a run is at work, and can be the place where the run is stopped.</summary>
internal sealed class ModelClock : TimeProvider
{
    private int _left = int.MaxValue;
    private CancellationTokenSource? _stop;

    public DateTimeOffset Now { get; set; } = new(2026, 3, 10, 1, 0, 0, TimeSpan.Zero);

    public DateOnly Today => DateOnly.FromDateTime(Now.UtcDateTime);

    /// <summary>From now on the n-th look at the clock interrupts the run, or is as if the machine had died under it.</summary>
    /// <param name="stop">What interrupts; null when the machine dies.</param>
    public void StopAfter(int reads, CancellationTokenSource? stop) => (_left, _stop) = (reads, stop);

    public void RunOn() => (_left, _stop) = (int.MaxValue, null);

    public override DateTimeOffset GetUtcNow()
    {
        if (_left != int.MaxValue && --_left <= 0)
        {
            if (_stop is null)
            {
                throw new MachineDiedException();
            }

            _stop.Cancel();
        }

        return Now;
    }
}

/// <summary>
/// Ends a run at the n-th point at which it changes something, in the database or among its files. What is dead changes nothing any more:
/// whatever the run tries afterwards, in handlers and when it disposes of things, fails too.
/// </summary>
internal sealed class Kill(int atPoint)
{
    private int _left = atPoint;

    public bool IsDone => _left <= 0;

    public void Reach()
    {
        if (--_left <= 0)
        {
            throw new MachineDiedException();
        }
    }
}

/// <summary>Stands for the death of the process: nothing of the program catches it to go on.</summary>
internal sealed class MachineDiedException : OperationCanceledException;
