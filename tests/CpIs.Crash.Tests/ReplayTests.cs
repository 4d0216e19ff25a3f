using CpIs.Crash.Tests.Harness;
using Shouldly;

namespace CpIs.Crash.Tests;

/// <summary><c>ingest-access --replay ID</c>, killed anywhere and typed again.</summary>
[Collection("engine")]
public sealed class ReplayTests
{
    private const string Padded = "query_id,accessed_at,nhs_number,local_person_id,accessed_by,job_role,organisation_code,organisation_name,upload_file_number,padding\r\n";

    [Fact]
    public async Task Killed_anywhere_a_replay_typed_again_ends_as_one_that_was_not()
    {
        var seed = Wanted.Seed + 4;
        using var history = await History.CreateAsync(seed);
        history.LoadNight(0);
        (await history.NightlyAsync(0)).ExitCode.ShouldBeOneOf(0, 5);
        history.CpIs.Answer(0, history.CpIs.Take());
        history.CpIs.Put("large.csv", Padded + string.Concat(Enumerable.Range(0, 12).Select(i => $"L{i},2026-03-10T10:00:00Z,9990000018,,Jo,Nurse,RXX,Hospital,,{new string('x', 100_000)}\r\n")));
        history.LoadNight(1);
        var small = Engine.With("CPIS__INBOUND__MAXMEGABYTES", "1");
        (await history.Engine.RunAsync(small, "ingest-access", "--as-of", History.DayOf(1), "--quiet")).ExitCode.ShouldBe(5);

        var random = new Random(seed);
        foreach (var (what, sql) in new[]
                 {
                     ("applied", "SELECT MAX(inbound_id) FROM cpis_inbound WHERE kind = 'access'"),
                     ("in quarantine", "SELECT inbound_id FROM cpis_inbound WHERE status = 'quarantined' AND content IS NOT NULL"),
                     ("too large to be read", "SELECT inbound_id FROM cpis_inbound WHERE content IS NULL"),
                 })
        {
            var id = history.Database.Rows(sql).Single()[0];
            using var undisturbed = history.Copy();
            var points = Path.Combine(undisturbed.Engine.Root, "points");
            (await ReplayAsync(undisturbed, id, Engine.With("CPIS_CRASH_RECORD", points))).ExitCode.ShouldBeOneOf(0, 5);
            var expected = StateOf(undisturbed, history);

            var chosen = (await File.ReadAllLinesAsync(points)).OrderBy(_ => random.Next()).Take(Math.Max(4, Wanted.Kills / 40)).ToList();
            await Parallel.ForEachAsync(chosen, new ParallelOptions { MaxDegreeOfParallelism = Wanted.AtATime }, async (point, _) =>
            {
                using var copy = history.Copy();
                (await ReplayAsync(copy, id, Engine.With("CPIS_CRASH_AT", point))).WasKilled.ShouldBeTrue($"{what}: {point}");
                (await ReplayAsync(copy, id, null)).ExitCode.ShouldBeOneOf(0, 5);
                EndState.Difference(expected, StateOf(copy, history)).ShouldBeEmpty($"seed {seed}, a message that was {what}, killed at {point}");
                EndState.Faults(copy.Database, history.CpIs, copy.Engine.Data, runEnded: true).ShouldBeEmpty($"{what}: {point}");
            });
        }
    }

    private static Task<Ended> ReplayAsync(History history, string id, IReadOnlyDictionary<string, string>? environment) =>
        history.Engine.RunAsync(environment, "ingest-access", "--replay", id, "--as-of", History.DayOf(1), "--quiet");

    /// <summary>Without the reasons that were resolved: each replay of what still cannot be read states its own.</summary>
    private static List<string> StateOf(History copy, History original) =>
        [.. EndState.Of(copy.Database, original.CpIs, copy.Engine.Data).Where(l => !l.StartsWith("quarantine:", StringComparison.Ordinal) || l.EndsWith("| 0", StringComparison.Ordinal))];
}
