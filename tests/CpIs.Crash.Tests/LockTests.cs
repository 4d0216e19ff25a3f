using System.Globalization;
using CpIs.Crash.Tests.Harness;
using Shouldly;

namespace CpIs.Crash.Tests;

/// <summary>One run at a time on a council's database.</summary>
[Collection("engine")]
public sealed class LockTests
{
    private const int Pairs = 50;
    private const int Locked = 4;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Of_two_engines_started_together_one_runs_and_the_other_leaves()
    {
        await Parallel.ForEachAsync(Enumerable.Range(0, Wanted.AtATime), async (part, _) =>
        {
            using var history = await History.CreateAsync(Wanted.Seed + part);
            history.LoadNight(0);
            for (var i = part; i < Pairs; i += Wanted.AtATime)
            {
                await RaceAsync(history, i);
            }
        });
    }

    /// <summary>Both stand before the lock until both are there; whoever has it keeps it until the other has left, or is killed.</summary>
    private static async Task RaceAsync(History history, int i)
    {
        var (go, stay) = (Gate(history, $"go-{i}"), Gate(history, $"stay-{i}"));
        string[] command = i % 10 == 0 ? ["nightly"] : ["ingest-access"];
        string[] arguments = [.. command, "--as-of", History.DayOf(0), "--quiet"];
        var environment = Engine.With("CPIS_WAIT_AT", $"run:before-lock#1:{go}|run:locked#1:{stay}");
        using var one = history.Engine.Start(environment, arguments);
        using var other = history.Engine.Start(environment, arguments);
        await UntilAsync(() => new[] { one, other }.All(p => File.Exists($"{go}.reached-{p.Id}")), "both are before the lock");

        await File.WriteAllTextAsync(go, "");
        await UntilAsync(() => one.HasExited || other.HasExited, "one of them has left");
        var (left, runs) = one.HasExited ? (one, other) : (other, one);
        var leaving = await left.EndAsync();
        leaving.ExitCode.ShouldBe(Locked, leaving.Error);
        if (leaving.Error.Contains("process", StringComparison.Ordinal))
        {
            leaving.Error.ShouldContain($"process {runs.Id.ToString(CultureInfo.InvariantCulture)})");
        }

        await UntilAsync(() => File.Exists($"{stay}.reached-{runs.Id}"), "the other has the lock");

        if (i % 5 == 0)
        {
            runs.Signal(Engine.SigKill);
            (await runs.EndAsync()).WasKilled.ShouldBeTrue();
            var next = await history.Engine.RunAsync(null, arguments);
            next.ExitCode.ShouldBeOneOf([0, 5], next.Error);
        }
        else
        {
            await File.WriteAllTextAsync(stay, "");
            var ended = await runs.EndAsync();
            ended.ExitCode.ShouldBeOneOf([0, 5], ended.Error);
        }
    }

    private static string Gate(History history, string name) => Path.Combine(history.Engine.Root, name);

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            TimeProvider.System.GetElapsedTime(deadline).ShouldBeLessThan(s_patience, what);
            await Task.Delay(5);
        }
    }
}
