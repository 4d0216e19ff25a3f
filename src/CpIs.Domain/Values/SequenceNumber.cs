using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace CpIs.Domain.Values;

/// <summary>
/// The number of an upload file (rule U6): it rises by one for each file of a council and is never reused. Compared as a number.
/// Every instance is valid, the default one is 1.
/// </summary>
public readonly record struct SequenceNumber : IComparable<SequenceNumber>
{
    private const int MaxDigits = 18;
    private readonly long _afterFirst;

    /// <exception cref="ArgumentOutOfRangeException">The value is below 1.</exception>
    public SequenceNumber(long value)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
        _afterFirst = value - 1;
    }

    /// <summary>The number, 1 or more.</summary>
    public long Value => _afterFirst + 1;

    /// <summary>The number that follows.</summary>
    public SequenceNumber Next => new(Value + 1);

    /// <summary>Reads the number as CP-IS quotes it: digits, leading zeros and surrounding blanks allowed (<c>12</c> = <c>000012</c>).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out SequenceNumber number)
    {
        var digits = text.AsSpan().Trim().TrimStart('0');
        if (digits.Length is > 0 and <= MaxDigits && long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var value))
        {
            number = new SequenceNumber(value);
            return true;
        }

        number = default;
        return false;
    }

    /// <summary>Reads a number that must be one.</summary>
    /// <exception cref="FormatException">The text is not a whole number of 1 or more.</exception>
    public static SequenceNumber Parse(string? text) =>
        TryParse(text, out var number) ? number : throw new FormatException("Not an upload file number: expected a whole number of 1 or more.");

    public int CompareTo(SequenceNumber other) => _afterFirst.CompareTo(other._afterFirst);

    /// <summary>At least six digits, as in file names and on the wire.</summary>
    public override string ToString() => Value.ToString("D6", CultureInfo.InvariantCulture);

    public static bool operator <(SequenceNumber left, SequenceNumber right) => left.CompareTo(right) < 0;

    public static bool operator >(SequenceNumber left, SequenceNumber right) => left.CompareTo(right) > 0;

    public static bool operator <=(SequenceNumber left, SequenceNumber right) => left.CompareTo(right) <= 0;

    public static bool operator >=(SequenceNumber left, SequenceNumber right) => left.CompareTo(right) >= 0;
}
