namespace CpIs.Domain.Time;

/// <summary>Conversions between instants (UTC) and the calendar and clock of Europe/London.</summary>
public static class London
{
    /// <summary>The time zone Europe/London.</summary>
    public static TimeZoneInfo Zone { get; } = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");

    /// <summary>The London calendar date of an instant.</summary>
    public static DateOnly DateOf(DateTimeOffset instant) => DateOnly.FromDateTime(At(instant).DateTime);

    /// <summary>The instant with London's offset of that moment.</summary>
    public static DateTimeOffset At(DateTimeOffset instant) => TimeZoneInfo.ConvertTime(instant, Zone);

    /// <summary>
    /// The instant of a London clock time (rule A1): the earlier one in an hour that comes twice; a time that the clocks skip is taken as GMT.
    /// </summary>
    /// <param name="clock">A London date and time; its <see cref="DateTime.Kind"/> is ignored.</param>
    /// <returns>The instant in UTC.</returns>
    public static DateTimeOffset ToInstant(DateTime clock)
    {
        var local = DateTime.SpecifyKind(clock, DateTimeKind.Unspecified);
        var offset = Zone.IsInvalidTime(local) ? TimeSpan.Zero
            : Zone.IsAmbiguousTime(local) ? Zone.GetAmbiguousTimeOffsets(local).Max()
            : Zone.GetUtcOffset(local);

        // Near the ends of the calendar the offset would leave it; the time is then kept as it stands.
        var utc = local.Ticks - offset.Ticks;
        return utc < 0 ? new DateTimeOffset(local, TimeSpan.Zero) : new DateTimeOffset(utc, TimeSpan.Zero);
    }

    /// <summary>London midnight at the start of a day, as an instant in UTC.</summary>
    public static DateTimeOffset StartOf(DateOnly date) => ToInstant(date.ToDateTime(TimeOnly.MinValue));
}
