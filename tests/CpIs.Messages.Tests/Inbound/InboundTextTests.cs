using CpIs.Messages.Inbound;

namespace CpIs.Messages.Tests.Inbound;

public class InboundTextTests
{
    [Theory]
    [InlineData(null, null)]
    [InlineData("", null)]
    [InlineData(" \t\r\n", null)]
    [InlineData("\u0000\u202e\u200f", null)]
    [InlineData("  a  b ", "a  b")]
    [InlineData("a\r\nb", "a  b")]
    [InlineData("a\u0085b\u2028c\u2029d", "a b c d")]
    [InlineData("a\u202eb\u202cc\u2066d\u2069e\u200ef\u061cg", "a b c d e f g")]
    [InlineData("Zoë O'Łuczak \U0001F600 \u200d字", "Zoë O'Łuczak \U0001F600 \u200d字")]
    public void A1_control_and_bidi_characters_become_spaces_and_blank_is_null(string? text, string? expected) =>
        InboundText.Clean(text).ShouldBe(expected);

    [Fact]
    public void A1_nothing_is_cut() => InboundText.Clean(new string('x', 100_000))!.Length.ShouldBe(100_000);
}
