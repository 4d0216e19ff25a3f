using CpIs.Domain.Alerts;
using FsCheck;
using FsCheck.Fluent;
using Shouldly;

namespace CpIs.Domain.Tests.Alerts;

public class ColumnTextTests
{
    [Theory]
    [InlineData("a\tb", "a b")]
    [InlineData("a\r\nb", "a  b")]
    [InlineData("a\u0000b", "a b")]
    [InlineData("a\u0085b", "a b")]
    [InlineData("a\u2028b", "a b")]
    [InlineData("a\u202Eb\u202C", "a b")]
    [InlineData("a\u2066b\u2069c", "a b c")]
    [InlineData("a\u200Fb", "a b")]
    [InlineData("a\u061Cb", "a b")]
    [InlineData("Zoë O’Néill", "Zoë O’Néill")]
    [InlineData("👩‍⚕️", "👩‍⚕️")]
    public void A1_control_and_bidi_characters_become_spaces(string given, string expected) => ColumnText.Clean(given).ShouldBe(expected);

    [Fact]
    public void A1_half_a_surrogate_pair_is_replaced()
    {
        ColumnText.Clean("a\uD83Db").ShouldBe("a\uFFFDb");
        ColumnText.Clean("a\uDC69\uD83D").ShouldBe("a\uFFFD\uFFFD");
    }

    [Theory]
    [InlineData(200, false)]
    [InlineData(201, true)]
    public void A1_what_is_longer_than_the_column_is_cut_with_an_ellipsis(int length, bool cut)
    {
        var text = ColumnText.ForColumn(new string('x', length))!;
        text.Length.ShouldBe(200);
        text.EndsWith('…').ShouldBe(cut);
    }

    [Fact]
    public void A1_a_cut_never_splits_a_surrogate_pair()
    {
        ColumnText.Cut("abc👩d", 5).ShouldBe("abc…");
        ColumnText.Cut("abc👩de", 6).ShouldBe("abc👩…");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("  ")]
    [InlineData("\u202E\t")]
    public void Nothing_visible_is_no_text(string? text) => ColumnText.ForColumn(text).ShouldBeNull();

    [Fact]
    public void A1_whatever_comes_in_fits_and_is_clean() =>
        Prop.ForAll(ArbMap.Default.ArbFor<string>(), ArbMap.Default.ArbFor<PositiveInt>(), (text, length) =>
        {
            var result = ColumnText.ForColumn(text, length.Get) ?? string.Empty;
            result.Length.ShouldBeLessThanOrEqualTo(length.Get);
            result.ShouldAllBe(c => !char.IsControl(c));
            for (var i = 0; i < result.Length; i++)
            {
                if (char.IsHighSurrogate(result[i]))
                {
                    char.IsLowSurrogate(result[++i]).ShouldBeTrue();
                }
                else
                {
                    char.IsSurrogate(result[i]).ShouldBeFalse();
                }
            }
        }).QuickCheckThrowOnFailure();
}
