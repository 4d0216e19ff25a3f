namespace CpIs.Domain.Time;

/// <summary>
/// The clock of one run. With a business date it stands on that date at the present London time of day and runs on from there;
/// all hours (rules U5, U9, A9, K4) are measured on it.
/// </summary>
public sealed class RunClock : TimeProvider
{
    private readonly TimeProvider _actual;
    private readonly TimeSpan _shift;

    /// <param name="actual">The clock of the machine.</param>
    /// <param name="asOf">The business date, or null for today in Europe/London.</param>
    public RunClock(TimeProvider actual, DateOnly? asOf = null)
    {
        _actual = actual;
        var now = actual.GetUtcNow();
        BusinessDate = asOf ?? London.DateOf(now);
        _shift = asOf is null ? TimeSpan.Zero : London.ToInstant(BusinessDate.ToDateTime(TimeOnly.FromDateTime(London.At(now).DateTime))) - now;
    }

    /// <summary>The business date D. It does not move while the run lasts, even past midnight.</summary>
    public DateOnly BusinessDate { get; }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => _actual.GetUtcNow() + _shift;

    /// <inheritdoc />
    public override long GetTimestamp() => _actual.GetTimestamp();

    /// <inheritdoc />
    public override long TimestampFrequency => _actual.TimestampFrequency;
}
