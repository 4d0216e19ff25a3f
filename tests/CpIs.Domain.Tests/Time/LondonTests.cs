using System.Globalization;
using CpIs.Domain.Time;
using CpIs.Domain.Tests.Support;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Domain.Tests.Time;

/// <summary>Clock times of Europe/London and instants (rule A1). In 2016 the clocks went forward on 27 March and back on 30 October.</summary>
public class LondonTests
{
    [Theory]
    [InlineData("2016-01-15T09:30", "2016-01-15T09:30")]
    [InlineData("2016-07-15T09:30", "2016-07-15T08:30")]
    [InlineData("2016-07-15T00:30", "2016-07-14T23:30")]
    [InlineData("2016-03-27T00:59", "2016-03-27T00:59")]
    [InlineData("2016-03-27T02:00", "2016-03-27T01:00")]
    [InlineData("2016-10-30T00:59", "2016-10-29T23:59")]
    [InlineData("2016-10-30T02:00", "2016-10-30T02:00")]
    public void A1_a_clock_time_of_london_is_an_instant(string clock, string instant) => London.ToInstant(Clock(clock)).ShouldBe(Utc(instant));

    [Theory]
    [InlineData("2016-03-27T01:00", "2016-03-27T01:00")]
    [InlineData("2016-03-27T01:30", "2016-03-27T01:30")]
    [InlineData("2016-03-27T01:59", "2016-03-27T01:59")]
    public void A1_a_time_that_the_clocks_skip_in_spring_is_taken_as_GMT(string clock, string instant) => London.ToInstant(Clock(clock)).ShouldBe(Utc(instant));

    [Theory]
    [InlineData("2016-10-30T01:00", "2016-10-30T00:00")]
    [InlineData("2016-10-30T01:30", "2016-10-30T00:30")]
    [InlineData("2016-10-30T01:59", "2016-10-30T00:59")]
    public void A1_a_time_that_comes_twice_in_autumn_is_the_earlier_instant(string clock, string instant) => London.ToInstant(Clock(clock)).ShouldBe(Utc(instant));

    [Fact]
    public void A1_the_kind_of_the_clock_time_is_ignored()
    {
        var clock = Clock("2016-07-15T09:30");

        London.ToInstant(DateTime.SpecifyKind(clock, DateTimeKind.Utc)).ShouldBe(Utc("2016-07-15T08:30"));
        London.ToInstant(DateTime.SpecifyKind(clock, DateTimeKind.Local)).ShouldBe(Utc("2016-07-15T08:30"));
        London.ToInstant(clock).Offset.ShouldBe(TimeSpan.Zero);
    }

    [Fact]
    public void A1_the_ends_of_the_calendar_do_not_fail()
    {
        London.ToInstant(DateTime.MinValue).UtcDateTime.Year.ShouldBe(1);
        London.ToInstant(DateTime.MaxValue).UtcDateTime.Year.ShouldBe(9999);
        London.StartOf(DateOnly.MinValue).UtcDateTime.Year.ShouldBe(1);
        London.DateOf(DateTimeOffset.MaxValue).Year.ShouldBe(9999);
        London.DateOf(DateTimeOffset.MinValue).Year.ShouldBe(1);
    }

    [Fact]
    public void A1_every_instant_comes_back_from_its_london_clock_except_the_second_of_a_repeated_hour() =>
        Always.Holds(Gen.Choose(0, 60 * 24 * 365 * 20), minute =>
        {
            var instant = Utc("2005-01-01T00:00").AddMinutes(minute);
            var back = London.ToInstant(London.At(instant).DateTime);
            (instant - back).ShouldBeOneOf(TimeSpan.Zero, TimeSpan.FromHours(1));
            if (back != instant)
            {
                London.At(instant).DateTime.ShouldBe(London.At(back).DateTime);
            }
        });

    [Theory]
    [InlineData("2016-06-14T22:59", "2016-06-14")]
    [InlineData("2016-06-14T23:00", "2016-06-15")]
    [InlineData("2016-12-14T23:59", "2016-12-14")]
    [InlineData("2016-12-15T00:00", "2016-12-15")]
    public void The_date_of_an_instant_is_that_of_london(string instant, string date) => London.DateOf(Utc(instant)).ShouldBe(Council.Day(date));

    [Theory]
    [InlineData("2016-06-15", "2016-06-14T23:00")]
    [InlineData("2016-12-15", "2016-12-15T00:00")]
    [InlineData("2016-03-27", "2016-03-27T00:00")]
    [InlineData("2016-10-30", "2016-10-29T23:00")]
    public void A_day_starts_at_london_midnight(string date, string instant) => London.StartOf(Council.Day(date)).ShouldBe(Utc(instant));

    private static DateTime Clock(string text) => DateTime.ParseExact(text, "yyyy-MM-ddTHH:mm", CultureInfo.InvariantCulture);

    private static DateTimeOffset Utc(string text) => new(Clock(text), TimeSpan.Zero);
}
