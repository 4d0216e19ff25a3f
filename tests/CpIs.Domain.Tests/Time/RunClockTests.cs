using CpIs.Domain.Time;
using CpIs.Domain.Tests.Support;
using Shouldly;

namespace CpIs.Domain.Tests.Time;

/// <summary>The clock of a run: the business date D at the present London time of day (head of rules.md).</summary>
public class RunClockTests
{
    private readonly SettableClock _machine = new() { Now = Council.At("2016-12-14", 23, 30) };

    [Fact]
    public void Without_a_business_date_it_is_the_machines_clock()
    {
        var clock = new RunClock(_machine);

        clock.BusinessDate.ShouldBe(Council.Day("2016-12-14"));
        clock.GetUtcNow().ShouldBe(_machine.Now);
    }

    [Fact]
    public void The_business_date_is_that_of_london_and_not_of_UTC()
    {
        _machine.Now = Council.At("2016-06-14", 23, 30);

        new RunClock(_machine).BusinessDate.ShouldBe(Council.Day("2016-06-15"));
    }

    [Theory]
    [InlineData("2016-01-10", "2016-01-10", 23)]
    [InlineData("2016-07-10", "2016-07-10", 22)]
    [InlineData("2020-12-14", "2020-12-14", 23)]
    [InlineData("2016-12-14", "2016-12-14", 23)]
    public void With_a_business_date_it_stands_on_that_date_at_the_present_london_time_of_day(string asOf, string utcDate, int utcHour)
    {
        var clock = new RunClock(_machine, Council.Day(asOf));

        clock.BusinessDate.ShouldBe(Council.Day(asOf));
        clock.GetUtcNow().ShouldBe(Council.At(utcDate, utcHour, 30));
        London.At(clock.GetUtcNow()).TimeOfDay.ShouldBe(new TimeSpan(23, 30, 0));
    }

    [Fact]
    public void From_a_summer_evening_it_keeps_the_london_time_of_day()
    {
        _machine.Now = Council.At("2016-06-14", 23, 30);

        var clock = new RunClock(_machine, Council.Day("2016-12-01"));

        clock.GetUtcNow().ShouldBe(Council.At("2016-12-01", 0, 30));
    }

    [Fact]
    public void It_runs_on_and_its_business_date_stays_even_past_midnight()
    {
        var clock = new RunClock(_machine, Council.Day("2016-01-10"));

        _machine.Now += TimeSpan.FromMinutes(45);

        clock.GetUtcNow().ShouldBe(Council.At("2016-01-11", 0, 15));
        clock.BusinessDate.ShouldBe(Council.Day("2016-01-10"));
    }

    [Fact]
    public void A_time_of_day_that_the_clocks_skip_on_the_business_date_stays_on_that_date()
    {
        _machine.Now = Council.At("2016-12-14", 1, 30);

        var clock = new RunClock(_machine, Council.Day("2016-03-27"));

        London.DateOf(clock.GetUtcNow()).ShouldBe(Council.Day("2016-03-27"));
    }

    [Fact]
    public void Elapsed_time_is_that_of_the_machine()
    {
        var clock = new RunClock(_machine, Council.Day("2016-03-27"));

        clock.TimestampFrequency.ShouldBe(_machine.TimestampFrequency);
        clock.GetElapsedTime(clock.GetTimestamp()).ShouldBeGreaterThanOrEqualTo(TimeSpan.Zero);
    }

    private sealed class SettableClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
