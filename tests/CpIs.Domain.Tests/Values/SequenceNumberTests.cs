using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Domain.Tests.Values;

public class SequenceNumberTests
{
    [Theory]
    [InlineData("12", 12)]
    [InlineData("000012", 12)]
    [InlineData(" 000012 ", 12)]
    [InlineData("1", 1)]
    [InlineData("1000000", 1_000_000)]
    [InlineData("00000000000000000000000012", 12)]
    [InlineData("999999999999999999", 999_999_999_999_999_999)]
    public void U6_is_compared_as_a_number(string text, long value)
    {
        SequenceNumber.Parse(text).ShouldBe(new SequenceNumber(value));
        SequenceNumber.TryParse(text, out var number).ShouldBeTrue();
        number.Value.ShouldBe(value);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("000")]
    [InlineData("-1")]
    [InlineData("+1")]
    [InlineData("1.0")]
    [InlineData("12a")]
    [InlineData("1 2")]
    [InlineData("1,000")]
    [InlineData("1000000000000000000000")]
    [InlineData("٣")]
    public void U6_anything_but_a_whole_number_of_1_or_more_is_refused(string? text)
    {
        SequenceNumber.TryParse(text, out _).ShouldBeFalse();
        Should.Throw<FormatException>(() => SequenceNumber.Parse(text));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    public void U6_none_is_below_1(long value) => Should.Throw<ArgumentOutOfRangeException>(() => new SequenceNumber(value));

    [Fact]
    public void U6_is_written_with_at_least_six_digits()
    {
        new SequenceNumber(12).ToString().ShouldBe("000012");
        new SequenceNumber(1_234_567).ToString().ShouldBe("1234567");
        default(SequenceNumber).ToString().ShouldBe("000001");
    }

    [Fact]
    public void U6_rises_by_one() =>
        Always.Holds(Values, value =>
        {
            var number = new SequenceNumber(value);
            number.Next.Value.ShouldBe(value + 1);
            (number.Next > number && number < number.Next && number.Next >= number && number <= number.Next).ShouldBeTrue();
        });

    [Fact]
    public void U6_what_is_written_reads_back_with_any_number_of_leading_zeros() =>
        Always.Holds(from value in Values from zeros in Gen.Choose(0, 9) select (value, zeros), x =>
        {
            var number = new SequenceNumber(x.value);
            SequenceNumber.Parse(number.ToString()).ShouldBe(number);
            SequenceNumber.Parse(new string('0', x.zeros) + x.value).ShouldBe(number);
        });

    [Fact]
    public void U6_order_is_that_of_the_numbers() =>
        Always.Holds(Values.Two(), x => new SequenceNumber(x.Item1).CompareTo(new SequenceNumber(x.Item2)).ShouldBe(x.Item1.CompareTo(x.Item2)));

    private static Gen<long> Values =>
        from digits in Gen.Choose(1, 17)
        from high in Gen.Choose(0, int.MaxValue)
        from low in Gen.Choose(0, int.MaxValue)
        select 1 + ((((long)high << 31) | (uint)low) % (long)Math.Pow(10, digits));
}
