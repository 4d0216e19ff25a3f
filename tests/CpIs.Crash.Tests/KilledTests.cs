using System.Diagnostics;
using System.Globalization;
using CpIs.Crash.Tests.Harness;
using Shouldly;
using Xunit.Abstractions;

namespace CpIs.Crash.Tests;

/// <summary>
/// A history of three nights is killed at every point at which something is about to change or has just changed, and run again: it ends
/// as the one that was never killed. <c>CPIS_CRASH_KILLS</c> sets how many kills there are, <c>CPIS_CRASH_SEED</c> what happens.
/// </summary>
[Collection("engine")]
public sealed class KilledTests(ITestOutputHelper output)
{
    [Fact]
    public Task Killed_at_every_point_it_ends_as_if_nothing_had_happened() => KillAsync(mesh: false, Wanted.Kills, Wanted.Seed);

    [Fact]
    public Task Killed_between_the_folders_of_a_mesh_client_too() => KillAsync(mesh: true, Wanted.Kills / 6, Wanted.Seed + 1);

    /// <summary>One council after the other, until there were about so many kills.</summary>
    private async Task KillAsync(bool mesh, int kills, int seed)
    {
        for (var left = kills; left > kills / 10; seed += 1000)
        {
            left -= await KillCouncilAsync(mesh, left, seed);
        }
    }

    private async Task<int> KillCouncilAsync(bool mesh, int kills, int seed)
    {
        var watch = Stopwatch.StartNew();
        var expected = await History.LiveAsync(seed, mesh, Misfortune.None, record: true);
        expected.Problems.ShouldBeEmpty($"seed {seed}, never killed");
        var again = await History.LiveAsync(seed, mesh, Misfortune.None);
        EndState.Difference(expected.State, again.State).ShouldBeEmpty($"seed {seed}: two histories that were never killed differ");

        var work = new KillPlans(expected.Points, kills, seed, mayTakeAtOnce: !mesh);
        output.WriteLine($"seed {seed}: {string.Join(" + ", expected.Points.Select(p => p.Count))} points of {work.AllNames} names; {work.Left} of them, of {work.Names} names, are tried");
        var failures = new List<string>();
        await Parallel.ForEachAsync(Enumerable.Range(0, Wanted.AtATime), async (_, _) =>
        {
            while (work.Next() is { } misfortune)
            {
                string? failure;
                try
                {
                    var ending = await History.LiveAsync(seed, mesh, misfortune);
                    work.Done(misfortune, ending);
                    failure = Judge(expected, ending);
                }
                catch (InvalidOperationException e)
                {
                    failure = e.Message;
                }

                if (failure is not null)
                {
                    lock (failures)
                    {
                        failures.Add($"seed {seed}, {misfortune}:\n  {failure}");
                    }

                    if (failures.Count >= 5)
                    {
                        return;
                    }
                }
            }
        });

        output.WriteLine($"{work.Kills} kills in {watch.Elapsed.TotalSeconds.ToString("F0", CultureInfo.InvariantCulture)} s");
        failures.ShouldBeEmpty(string.Join("\n", failures));
        work.NeverMet.ShouldBeEmpty($"seed {seed}: met in the history that was never killed, and not in another");
        work.Kills.ShouldBeGreaterThanOrEqualTo(work.Left);
        return work.Kills;
    }

    /// <summary>What is wrong with an ending, or null.</summary>
    internal static string? Judge(Ending expected, Ending ending)
    {
        var wrong = ending.Problems.Concat(EndState.Difference(expected.State, ending.State)).ToList();
        if (!ending.ExitCodes.SequenceEqual(expected.ExitCodes))
        {
            wrong.Add($"exit codes {string.Join(' ', ending.ExitCodes)} instead of {string.Join(' ', expected.ExitCodes)}");
        }

        return wrong.Count == 0 ? null : string.Join("\n  ", wrong.Take(25));
    }
}
