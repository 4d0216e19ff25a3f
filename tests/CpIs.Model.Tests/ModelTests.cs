using System.Globalization;
using System.Text;

namespace CpIs.Model.Tests;

/// <summary>
/// Random histories of a council, its engine and CP-IS, held against the rules. <c>CPIS_MODEL_SEED</c> sets the first seed,
/// <c>CPIS_MODEL_HISTORIES</c> how many there are; with <c>CPIS_MODEL_FAILURES</c> it goes on after a failure and writes each to that file.
/// </summary>
public sealed class ModelTests
{
    private const int UsualHistories = 30;

    /// <summary>The same histories each time, so that a change is judged by what it changes; others are for a long search.</summary>
    private const long UsualSeed = 1;
    private static readonly TimeSpan s_shrinkAtMost = TimeSpan.FromMinutes(3);

    [Fact]
    public Task After_any_history_CP_IS_the_audit_and_the_work_trays_are_as_the_rules_say() => HoldsAsync(UsualHistories, decidedOnly: false);

    /// <summary>The same without database, files and messages, for many more histories.</summary>
    [Fact]
    public Task After_any_history_the_decisions_are_as_the_rules_say() => HoldsAsync(UsualHistories * 50, decidedOnly: true);

    private static async Task HoldsAsync(int usualHistories, bool decidedOnly)
    {
        var first = (ulong)(Setting("CPIS_MODEL_SEED") ?? UsualSeed);
        var histories = Setting("CPIS_MODEL_HISTORIES") ?? usualHistories;
        var failures = new List<string>();
        for (var i = 0L; i < histories; i++)
        {
            var at = first + (ulong)i;
            var commands = Histories.Of(at, decidedOnly);
            if (await FailureOfAsync(commands, decidedOnly) is not { } broken)
            {
                continue;
            }

            commands = await Histories.ShrinkAsync(commands, async smaller => await FailureOfAsync(smaller, decidedOnly) is { } other && IsAlike(broken.Message, other.Message), s_shrinkAtMost);
            failures.Add(Words(at, commands, await FailureOfAsync(commands, decidedOnly) ?? broken));
            if (Environment.GetEnvironmentVariable("CPIS_MODEL_FAILURES") is not { Length: > 0 } file)
            {
                break;
            }

            await File.AppendAllTextAsync(file, failures[^1] + "\n");
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    private static long? Setting(string name) =>
        long.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : null;

    private static async Task<Broken?> FailureOfAsync(IReadOnlyList<Command> commands, bool decidedOnly)
    {
        await using var world = new World(decidedOnly);
        try
        {
            foreach (var command in commands)
            {
                await world.DoAsync(command);
            }

            await world.ComeToRestAsync();
            return null;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return new Broken(e is RuleBrokenException ? e.Message : e.ToString(), [.. world.Story]);
        }
    }

    /// <summary>The same kind of failure: its words without figures, dates and ids.</summary>
    private static bool IsAlike(string one, string other) => Shape(one) == Shape(other);

    private static string Shape(string message) =>
        string.Join(' ', message.Split(' ').Where(w => w.Length > 3 && w.All(c => char.IsAsciiLetter(c) || c is '(' or ')')).Take(12));

    private static string Words(ulong seed, IReadOnlyList<Command> commands, Broken broken)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"CPIS_MODEL_SEED={seed} CPIS_MODEL_HISTORIES=1\n{broken.Message}\n{commands.Count} commands, which made this story:\n");
        foreach (var line in broken.Story)
        {
            text.Append("  ").Append(line).Append('\n');
        }

        return text.ToString();
    }

    private sealed record Broken(string Message, IReadOnlyList<string> Story);
}
