using System.Globalization;
using CpIs.Batch.Commands;

namespace CpIs.Batch.Generator;

/// <summary>
/// Hands out the valid NHS numbers from 999 000 0000 to 999 999 9999, a range that is never given to patients: each once, in an
/// order that follows from the seed.
/// </summary>
internal sealed class NhsNumberSupply(int seed)
{
    private const int Stems = 1_000_000;
    private const int HalfBits = 10;
    private const int HalfMask = (1 << HalfBits) - 1;
    private readonly ulong[] _keys = [.. Enumerable.Range(0, 4).Select(i => new DeterministicRandom(seed, -1 - i).NextBits())];
    private int _position;

    /// <summary>How many valid numbers the range holds.</summary>
    public static int Capacity { get; } = Enumerable.Range(0, Stems).Count(stem => CheckDigit(stem) is not null);

    /// <exception cref="UsageException">All numbers are used.</exception>
    public string Next()
    {
        while (_position < 1 << (2 * HalfBits))
        {
            var stem = Permute(_position++);
            if (stem < Stems && CheckDigit(stem) is { } check)
            {
                return string.Create(CultureInfo.InvariantCulture, $"999{stem:D6}{check}");
            }
        }

        throw new UsageException(
            $"--children: so many need more NHS numbers than the {Capacity} valid ones of the range 999 000 0000 to 999 999 9999. Ask for fewer.");
    }

    // A Feistel network over 20 bits: every position has its own stem.
    private int Permute(int position)
    {
        var (left, right) = (position >> HalfBits, position & HalfMask);
        foreach (var key in _keys)
        {
            (left, right) = (right, left ^ ((int)DeterministicRandom.Mix((ulong)right + key) & HalfMask));
        }

        return (left << HalfBits) | right;
    }

    /// <summary>The tenth digit of a number that begins with 999 and the six digits of the stem; null where there is none (rule N1).</summary>
    private static int? CheckDigit(int stem)
    {
        var sum = 9 * (10 + 9 + 8);
        for (var (weight, rest) = (2, stem); weight <= 7; weight++, rest /= 10)
        {
            sum += weight * (rest % 10);
        }

        var check = (11 - (sum % 11)) % 11;

        // Ten nines are one digit ten times.
        return check == 10 || (stem == 999_999 && check == 9) ? null : check;
    }
}
