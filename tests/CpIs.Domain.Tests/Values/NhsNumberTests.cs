using CpIs.Domain.Tests.Support;
using CpIs.Domain.Values;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Domain.Tests.Values;

public class NhsNumberTests
{
    [Theory]
    [InlineData("9990000018")]
    [InlineData("9990000026")]
    [InlineData("9990000034")]
    [InlineData("9990000042")]
    [InlineData("9990000050")]
    [InlineData("9990000069")]
    public void N1_known_good_numbers_are_read(string text) => NhsNumber.Parse(text).Value.ShouldBe(text);

    [Theory]
    [InlineData("999 000 0018")]
    [InlineData("999-000-0018")]
    [InlineData(" 9990000018 ")]
    [InlineData("9 9 9-0 0 0-0 0 1 8-")]
    public void N1_spaces_and_hyphens_are_dropped(string text) => NhsNumber.Parse(text).Value.ShouldBe("9990000018");

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("   ")]
    [InlineData("999000001")]
    [InlineData("99900000180")]
    [InlineData("9990000018 1")]
    [InlineData("9990000019")]
    [InlineData("9912003899")]
    [InlineData("999000001A")]
    [InlineData("999.000.0018")]
    [InlineData("+9990000018")]
    [InlineData("９９９００００１８")]
    [InlineData("٩٩٩٠٠٠٠٠١٨")]
    public void N1_anything_else_is_not_a_number(string? text)
    {
        NhsNumber.TryParse(text, out var number).ShouldBeFalse();
        number.ShouldBeNull();
        Should.Throw<FormatException>(() => NhsNumber.Parse(text)).Message.ShouldNotContain(text is { Length: > 3 } ? text : "9990000018");
    }

    [Theory]
    [InlineData("9990000140")]
    [InlineData("9990000141")]
    [InlineData("9990000280")]
    [InlineData("9990000281")]
    [InlineData("1234567890")]
    [InlineData("1234567895")]
    public void N1_a_check_of_10_is_invalid_whatever_digit_stands_for_it(string text) => NhsNumber.TryParse(text, out _).ShouldBeFalse();

    [Theory]
    [InlineData("0000000000")]
    [InlineData("1111111111")]
    [InlineData("2222222222")]
    [InlineData("3333333333")]
    [InlineData("4444444444")]
    [InlineData("5555555555")]
    [InlineData("6666666666")]
    [InlineData("7777777777")]
    [InlineData("8888888888")]
    [InlineData("9999999999")]
    public void N1_one_digit_ten_times_is_invalid(string text) => NhsNumber.TryParse(text, out _).ShouldBeFalse();

    [Fact]
    public void N1_every_valid_number_survives_spaces_and_hyphens() =>
        Always.Holds(from body in Bodies
              where Expected(body) is not null
              from gaps in Gen.Elements("", " ", "-", " - ", "  ").ArrayOf(11)
              select (Plain: body + Expected(body), Gaps: gaps), x =>
        {
            var written = string.Concat(x.Plain.Select((digit, i) => x.Gaps[i] + digit)) + x.Gaps[10];
            NhsNumber.Parse(written).ShouldBe(NhsNumber.Parse(x.Plain));
        });

    [Fact]
    public void N1_changing_any_one_digit_makes_a_valid_number_invalid() =>
        Always.Holds(from body in Bodies
              where Expected(body) is not null
              from place in Gen.Choose(0, 9)
              from step in Gen.Choose(1, 9)
              select (Text: body + Expected(body), place, step), x =>
        {
            var digits = x.Text.ToCharArray();
            digits[x.place] = (char)('0' + ((digits[x.place] - '0' + x.step) % 10));
            NhsNumber.TryParse(x.Text, out _).ShouldBeTrue();
            NhsNumber.TryParse(new string(digits), out _).ShouldBeFalse();
        });

    [Fact]
    public void N1_a_checksum_of_10_never_parses() =>
        Always.Holds(from body in Bodies
              where Expected(body) is null
              from last in Gen.Choose(0, 9)
              select body + last, text => NhsNumber.TryParse(text, out _).ShouldBeFalse());

    [Fact]
    public void A_number_never_shows_its_digits_by_accident()
    {
        var number = Numbers.Of(1);

        number.ToString().ShouldNotContain("999");
        $"{number}".ShouldNotContain("999");
    }

    [Fact]
    public void Numbers_are_equal_and_ordered_by_their_digits()
    {
        var same = NhsNumber.Parse("999 000 0018");

        (same == Numbers.Of(1)).ShouldBeTrue();
        (same != Numbers.Of(2)).ShouldBeTrue();
        same.GetHashCode().ShouldBe(Numbers.Of(1).GetHashCode());
        same.Equals((object)Numbers.Of(1)).ShouldBeTrue();
        same.Equals(null).ShouldBeFalse();
        Numbers.Of(1).CompareTo(Numbers.Of(2)).ShouldBeLessThan(0);
    }

    private static Gen<string> Bodies =>
        Gen.Choose(0, 9).ArrayOf(9).Select(string.Concat).Where(b => b.Distinct().Count() > 1);

    /// <summary>The check digit as the NHS Data Dictionary describes it; null where it is 10.</summary>
    private static string? Expected(string nineDigits)
    {
        int[] weights = [10, 9, 8, 7, 6, 5, 4, 3, 2];
        var remainder = nineDigits.Zip(weights, (digit, weight) => (digit - '0') * weight).Sum() % 11;
        return (11 - remainder) switch { 11 => "0", 10 => null, var check => check.ToString() };
    }
}
