using CpIs.Batch.Commands;
using CpIs.Batch.Generator;
using CpIs.Domain.Values;
using Shouldly;

namespace CpIs.Batch.Tests.Generator;

public sealed class NhsNumberSupplyTests
{
    [Fact]
    public void Every_number_of_the_range_comes_exactly_once_and_then_an_error()
    {
        var supply = new NhsNumberSupply(seed: 4);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < NhsNumberSupply.Capacity; i++)
        {
            var number = supply.Next();
            seen.Add(number).ShouldBeTrue();
            NhsNumber.TryParse(number, out var valid).ShouldBeTrue();
            valid!.Value.ShouldStartWith("999");
        }

        Should.Throw<UsageException>(supply.Next).Message.ShouldContain("--children");
    }

    [Fact]
    public void The_capacity_is_all_valid_numbers_of_the_range()
    {
        // Counted over by the engine's own check: one check digit at most for each of a million stems.
        var valid = 0;
        for (var stem = 0; stem < 1_000_000; stem += 97)
        {
            valid += Enumerable.Range(0, 10).Count(check => NhsNumber.TryParse($"999{stem:D6}{check}", out _));
        }

        ((double)NhsNumberSupply.Capacity / 1_000_000).ShouldBe((double)valid / ((1_000_000 + 96) / 97), tolerance: 0.005);
    }

    [Fact]
    public void The_order_follows_from_the_seed()
    {
        string[] Take(int seed)
        {
            var supply = new NhsNumberSupply(seed);
            return [.. Enumerable.Range(0, 20).Select(_ => supply.Next())];
        }

        Take(1).ShouldBe(Take(1));
        Take(1).ShouldNotBe(Take(2));
    }
}
