using System.Diagnostics.CodeAnalysis;

namespace CpIs.Domain.Values;

/// <summary>
/// A valid NHS number (rule N1): ten digits, modulus 11, not one digit ten times. An instance is always valid.
/// <see cref="ToString"/> hides the digits so that a number cannot reach a log by accident; ask for <see cref="Value"/>.
/// </summary>
public sealed class NhsNumber : IEquatable<NhsNumber>, IComparable<NhsNumber>
{
    private const int Length = 10;

    private NhsNumber(string value) => Value = value;

    /// <summary>The ten digits, without spaces or hyphens.</summary>
    public string Value { get; }

    /// <summary>Reads a number as people write it: spaces and hyphens are dropped (rule N1).</summary>
    /// <param name="text">The number as given; null or blank is not a number.</param>
    /// <param name="number">The number, or null when the text is not a valid one.</param>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out NhsNumber? number)
    {
        number = null;
        if (text is null)
        {
            return false;
        }

        Span<char> digits = stackalloc char[Length];
        var count = 0;
        foreach (var c in text)
        {
            if (c == '-' || char.IsWhiteSpace(c))
            {
                continue;
            }

            if (!char.IsAsciiDigit(c) || count == Length)
            {
                return false;
            }

            digits[count++] = c;
        }

        if (count != Length || digits.IndexOfAnyExcept(digits[0]) < 0 || !HasCheckDigit(digits))
        {
            return false;
        }

        number = new NhsNumber(new string(digits));
        return true;
    }

    /// <summary>Reads a number that must be valid.</summary>
    /// <exception cref="FormatException">The text is not a valid NHS number. The message does not repeat it.</exception>
    public static NhsNumber Parse(string? text) =>
        TryParse(text, out var number) ? number : throw new FormatException("Not a valid NHS number (rule N1).");

    public bool Equals(NhsNumber? other) => other is not null && string.Equals(Value, other.Value, StringComparison.Ordinal);

    public override bool Equals(object? obj) => Equals(obj as NhsNumber);

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(Value);

    public int CompareTo(NhsNumber? other) => string.CompareOrdinal(Value, other?.Value);

    /// <summary>Never the digits: a fixed text, safe in any log.</summary>
    public override string ToString() => "(NHS number)";

    public static bool operator ==(NhsNumber? left, NhsNumber? right) => Equals(left, right);

    public static bool operator !=(NhsNumber? left, NhsNumber? right) => !Equals(left, right);

    private static bool HasCheckDigit(ReadOnlySpan<char> digits)
    {
        var sum = 0;
        for (var i = 0; i < Length - 1; i++)
        {
            sum += (digits[i] - '0') * (Length - i);
        }

        // 11 stands for 0; 10 has no digit, so such a number was never issued.
        var check = (11 - (sum % 11)) % 11;
        return check == digits[Length - 1] - '0';
    }
}
