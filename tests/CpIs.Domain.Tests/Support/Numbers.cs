using CpIs.Domain.Values;

namespace CpIs.Domain.Tests.Support;

/// <summary>Synthetic NHS numbers of the 999 range, by a short name: 1 for the first.</summary>
internal static class Numbers
{
    private static readonly string[] Texts =
    [
        "9990000018", "9990000026", "9990000034", "9990000042", "9990000050", "9990000069",
        "9990000077", "9990000085", "9990000093", "9990000107", "9990000115", "9990000123",
    ];

    /// <summary>A number whose check digit is wrong.</summary>
    public const string Invalid = "9990000019";

    public static string Text(int name) => Texts[name - 1];

    public static NhsNumber Of(int name) => NhsNumber.Parse(Text(name));

    /// <summary>The short name as lines show it: <c>#1</c>, or <c>-</c> without a number.</summary>
    public static string NameOf(NhsNumber? number) => number is null ? "-" : "#" + (Array.IndexOf(Texts, number.Value) + 1);
}
