using CpIs.Messages.Hl7v3;
using CpIs.Messages.Inbound;

namespace CpIs.Messages.Tests.Hl7v3;

public class TimeTests
{
    [Theory]
    [InlineData("20260115083000+0000", "2026-01-15T08:30:00Z")]
    [InlineData("20260715083000+0100", "2026-07-15T07:30:00Z")]
    [InlineData("20260115083000-0500", "2026-01-15T13:30:00Z")]
    [InlineData("20260115083000.25+0000", "2026-01-15T08:30:00.25Z")]
    [InlineData("20260115083000.123456789+0000", "2026-01-15T08:30:00.1234567Z")]
    [InlineData("202601150830+0000", "2026-01-15T08:30:00Z")]
    [InlineData("2026011508+0000", "2026-01-15T08:00:00Z")]
    [InlineData("20260115083000Z", "2026-01-15T08:30:00Z")]
    [InlineData("20260115083000+00", "2026-01-15T08:30:00Z")]
    [InlineData(" 20260115083000 ", "2026-01-15T08:30:00Z")]
    public void A1_a_time_of_the_wire_is_an_instant(string text, string expected) => Hl7(text).ShouldBe((At(expected), true));

    [Theory]
    [InlineData("20260115083000", "2026-01-15T08:30:00Z")]
    [InlineData("202607150830", "2026-07-15T07:30:00Z")]
    [InlineData("20260329003000", "2026-03-29T00:30:00Z")]
    [InlineData("20260329013000", "2026-03-29T01:30:00Z")] // skipped: taken as GMT
    [InlineData("20260329020000", "2026-03-29T01:00:00Z")]
    [InlineData("20261025005959", "2026-10-24T23:59:59Z")]
    [InlineData("20261025013000", "2026-10-25T00:30:00Z")] // comes twice: the earlier
    [InlineData("20261025020000", "2026-10-25T02:00:00Z")]
    public void A1_a_time_without_offset_is_Londons(string text, string expected) => Hl7(text).ShouldBe((At(expected), true));

    [Theory]
    [InlineData("20260115", "2026-01-15T00:00:00Z")]
    [InlineData("20260715", "2026-07-14T23:00:00Z")]
    [InlineData("20260715+0000", "2026-07-14T23:00:00Z")]
    public void A1_a_date_alone_is_midnight_in_London_and_says_so(string text, string expected) => Hl7(text).ShouldBe((At(expected), false));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("2026")]
    [InlineData("202601")]
    [InlineData("20260231")]
    [InlineData("20260115240000")]
    [InlineData("20260115236000")]
    [InlineData("20260115083060")]
    [InlineData("2026011508300")]
    [InlineData("20260115083000.")]
    [InlineData("20260115083000.x")]
    [InlineData("202601150830.5")]
    [InlineData("20260115083000+1500")]
    [InlineData("20260115083000+0060")]
    [InlineData("20260115083000+1")]
    [InlineData("20260115083000+")]
    [InlineData("20260115083000+-100")]
    [InlineData("00010101000000+1400")]
    [InlineData("99991231235959-1400")]
    [InlineData("2026-01-15T08:30:00Z")]
    [InlineData("２０２６０１１５")]
    public void A1_what_is_no_time_is_none(string? text) => Hl7Time.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("2026-01-15T08:30:00Z", "2026-01-15T08:30:00Z", true)]
    [InlineData("2026-07-15T08:30:00+01:00", "2026-07-15T07:30:00Z", true)]
    [InlineData("2026-07-15 08:30", "2026-07-15T07:30:00Z", true)]
    [InlineData("2026-07-15T08:30:00.5+0100", "2026-07-15T07:30:00.5Z", true)]
    [InlineData("2026-07-15T08:30:00.123456789-05", "2026-07-15T13:30:00.1234567Z", true)]
    [InlineData("2026-10-25T01:30:00", "2026-10-25T00:30:00Z", true)]
    [InlineData("2026-07-15", "2026-07-14T23:00:00Z", false)]
    public void A1_iso_times_are_read_alike(string text, string expected, bool timeIsKnown)
    {
        InboundTime.TryParseIso(text, out var time).ShouldBeTrue();
        (time.Instant, time.TimeIsKnown).ShouldBe((At(expected), timeIsKnown));
    }

    [Theory]
    [InlineData("")]
    [InlineData("15/01/2026")]
    [InlineData("2026-02-30")]
    [InlineData("2026-01-15T")]
    [InlineData("2026-01-15T08")]
    [InlineData("2026-01-15T24:00")]
    [InlineData("2026-01-15T08:30:00.")]
    [InlineData("2026-01-15T08:30:00+25:00")]
    [InlineData("2026-01-15T08:30:00+1:00")]
    [InlineData("2026-01-15X08:30")]
    [InlineData("20260115083000")]
    [InlineData("0001-01-01T00:00:00+14:00")]
    public void A1_what_is_no_iso_time_is_none(string text) => InboundTime.TryParseIso(text, out _).ShouldBeFalse();

    private static (DateTimeOffset Instant, bool TimeIsKnown) Hl7(string text)
    {
        Hl7Time.TryParse(text, out var time).ShouldBeTrue();
        time.Instant.Offset.ShouldBe(TimeSpan.Zero);
        return (time.Instant, time.TimeIsKnown);
    }

    private static DateTimeOffset At(string iso) => DateTimeOffset.Parse(iso, System.Globalization.CultureInfo.InvariantCulture);
}
