using CpIs.Crash.Tests.Harness;
using Shouldly;
using Xunit.Abstractions;

namespace CpIs.Crash.Tests;

/// <summary>
/// The disk is full, a folder must not be written, the database is locked or a commit fails, at any of the points: the run ends with
/// exit code 3, or goes on where it can, and the next one ends as if nothing had happened.
/// </summary>
[Collection("engine")]
public sealed class FaultTests(ITestOutputHelper output)
{
    private static readonly string[] s_ofDisk = ["enospc", "denied"];
    private static readonly string[] s_ofDatabase = ["busy", "commit"];

    [Fact]
    public async Task A_fault_at_any_point_ends_as_if_nothing_had_happened()
    {
        var seed = Wanted.Seed + 2;
        var expected = await History.LiveAsync(seed, mesh: false, Misfortune.None, record: true);
        expected.Problems.ShouldBeEmpty($"seed {seed}, without a fault");

        var random = new Random(seed);
        var untried = expected.Points.Select(p => new Queue<Blow>(p
            .Where(point => !point.StartsWith("run:", StringComparison.Ordinal))
            .OrderBy(_ => random.Next()).DistinctBy(point => point[..point.LastIndexOf('#')])
            .Select(point => new Blow(point, Kinds(point)[random.Next(2)])))).ToList();
        var histories = Enumerable.Range(0, Wanted.Kills / 25)
            .Select(_ => new Misfortune([.. untried.Select(u => (IReadOnlyList<Blow>)(u.TryDequeue(out var blow) ? random.Next(3) == 0 ? [blow, blow] : [blow] : []))], TakeAtOnce: false))
            .TakeWhile(m => m.Nights.Any(n => n.Count > 0)).ToList();

        var (failures, struck, missed) = (new List<string>(), new List<(int Night, Blow Blow)>(), new List<(int Night, Blow Blow)>());
        await LiveAllAsync(histories);

        // What befell the nights before may have spared a night its point.
        var spared = missed.Except(struck).ToList();
        missed.Clear();
        await LiveAllAsync(spared.Select(s => new Misfortune([.. expected.Points.Select((_, night) => (IReadOnlyList<Blow>)(night == s.Night ? [s.Blow] : []))], TakeAtOnce: false)));

        output.WriteLine($"{struck.Count} faults in {histories.Count + spared.Count} histories");
        failures.ShouldBeEmpty(string.Join("\n", failures.Take(5)));
        missed.ShouldBeEmpty();
        struck.Count.ShouldBeGreaterThan(histories.Count);

        Task LiveAllAsync(IEnumerable<Misfortune> all) => Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = Wanted.AtATime }, async (misfortune, _) =>
        {
            var ending = await History.LiveAsync(seed, mesh: false, misfortune);
            var failure = KilledTests.Judge(expected, ending);
            lock (failures)
            {
                struck.AddRange(ending.Struck);
                missed.AddRange(ending.Missed);
                if (failure is not null)
                {
                    failures.Add($"seed {seed}, {misfortune}:\n  {failure}");
                }
            }
        });
    }

    private static string[] Kinds(string point) =>
        new[] { "file:", "extract:", "folder:", "copies:", "payload:", "workspace:" }.Any(p => point.StartsWith(p, StringComparison.Ordinal)) ? s_ofDisk : s_ofDatabase;
}
