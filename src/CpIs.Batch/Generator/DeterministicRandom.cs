namespace CpIs.Batch.Generator;

/// <summary>
/// SplitMix64. The generator's files must be the same on every version of .NET, which <see cref="Random"/> does not promise.
/// </summary>
internal sealed class DeterministicRandom
{
    private ulong _state;

    /// <summary>An independent stream for each pair of seed and stream number.</summary>
    public DeterministicRandom(int seed, long stream)
    {
        _state = Mix((ulong)seed);
        _state ^= Mix((ulong)stream + 0x632BE59BD9B4E019UL);
    }

    public ulong NextBits() => Mix(_state += 0x9E3779B97F4A7C15UL);

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>, both possible.</summary>
    public int Between(int least, int most) => least + (int)(NextBits() % ((ulong)(most - least) + 1));

    /// <summary>True in so many of a thousand cases.</summary>
    public bool Chance(int perThousand) => Between(1, 1000) <= perThousand;

    public T Pick<T>(IReadOnlyList<T> choices) => choices[Between(0, choices.Count - 1)];

    public static ulong Mix(ulong value)
    {
        value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9UL;
        value = (value ^ (value >> 27)) * 0x94D049BB133111EBUL;
        return value ^ (value >> 31);
    }
}
