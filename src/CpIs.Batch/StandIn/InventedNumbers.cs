using System.Globalization;
using CpIs.Batch.Generator;
using CpIs.Domain.Values;

namespace CpIs.Batch.StandIn;

/// <summary>Valid NHS numbers of the range 999, which are never given to patients.</summary>
/// <param name="isTaken">Tells whether a number means somebody already.</param>
internal sealed class InventedNumbers(DeterministicRandom random, Func<string, bool> isTaken)
{
    private const int Stems = 1_000_000;

    public string Next()
    {
        while (true)
        {
            var stem = random.Between(0, Stems - 1);
            for (var check = 0; check <= 9; check++)
            {
                var text = string.Create(CultureInfo.InvariantCulture, $"999{stem:D6}{check}");
                if (NhsNumber.TryParse(text, out _) && !isTaken(text))
                {
                    return text;
                }
            }
        }
    }
}
