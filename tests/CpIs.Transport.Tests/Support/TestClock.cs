namespace CpIs.Transport.Tests.Support;

/// <summary>
/// A clock that stands until it is moved. Waits up to <see cref="LongestWait"/> are over at once and move it on; longer timers (the
/// time limits of requests) run out only when a test says so with <see cref="Advance"/>. So nothing sleeps.
/// </summary>
public sealed class TestClock(DateTimeOffset? start = null) : TimeProvider
{
    private readonly Lock _lock = new();
    private readonly List<Timer> _timers = [];
    private readonly List<TimeSpan> _waits = [];
    private DateTimeOffset _now = start ?? new DateTimeOffset(2026, 3, 2, 1, 0, 0, TimeSpan.Zero);

    public static TimeSpan LongestWait { get; } = TimeSpan.FromMinutes(9);

    /// <summary>The waits that were asked for, in order.</summary>
    public IReadOnlyList<TimeSpan> Waits
    {
        get
        {
            lock (_lock)
            {
                return [.. _waits];
            }
        }
    }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow()
    {
        lock (_lock)
        {
            return _now;
        }
    }

    public override long GetTimestamp() => GetUtcNow().Ticks;

    public void Advance(TimeSpan by)
    {
        List<Timer> due;
        lock (_lock)
        {
            _now += by;
            due = [.. _timers.Where(t => t.Due <= _now)];
            _timers.RemoveAll(due.Contains);
        }

        due.ForEach(t => t.Fire());
    }

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new Timer(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    private sealed class Timer(TestClock clock, TimerCallback callback, object? state) : ITimer
    {
        public DateTimeOffset Due { get; private set; }

        public void Fire() => callback(state);

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime == Timeout.InfiniteTimeSpan)
            {
                Dispose();
                return true;
            }

            if (dueTime <= LongestWait)
            {
                lock (clock._lock)
                {
                    clock._waits.Add(dueTime);
                }

                ThreadPool.UnsafeQueueUserWorkItem(
                    static timer =>
                    {
                        timer.Clock.Advance(timer.Wait);
                        timer.Timer.Fire();
                    },
                    (Timer: this, Clock: clock, Wait: dueTime),
                    preferLocal: false);
                return true;
            }

            lock (clock._lock)
            {
                Due = clock._now + dueTime;
                clock._timers.Add(this);
            }

            return true;
        }

        public void Dispose()
        {
            lock (clock._lock)
            {
                clock._timers.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
