using CpIs.Batch.Tests.Ingest;
using Shouldly;

namespace CpIs.Batch.Tests.Jobs;

public class LeftoversTests
{
    [Fact]
    public async Task A_run_removes_what_dead_runs_left_half_made_and_nothing_else()
    {
        using var world = await IngestWorld.CreateAsync();
        var dead = world.Data.Run("20260309-010000-abcdef");
        string[] whole = [Path.Combine(dead, "transform", "decisions.csv"), Path.Combine(dead, "extract", "person.csv"), Path.Combine(dead, "findings.csv")];
        foreach (var file in whole.Concat(
                 [
                     Path.Combine(world.Data.Runs, ".workspace-2.db"), Path.Combine(dead, ".workspace-1.db"), Path.Combine(dead, ".workspace-1.db-wal"), Path.Combine(dead, ".findings.csv.tmp"),
                     Path.Combine(dead, "transform", ".upload-000002.xml.tmp"), Path.Combine(dead, ".extract.tmp-1", "person.csv"),
                     Path.Combine(world.Data.Archive, "received", ".20260309-010000-abcdef.json.tmp"), Path.Combine(world.Data.Quarantine, ".inbound-000001.txt.tmp"),
                 ]))
        {
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllTextAsync(file, "x");
        }

        await world.IngestAsync();

        Directory.GetFiles(dead, "*", SearchOption.AllDirectories).ShouldBe(whole, ignoreOrder: true);
        Directory.GetDirectories(dead, ".*").ShouldBeEmpty();
        Directory.GetFiles(world.Data.Runs).ShouldBeEmpty();
        Directory.GetFiles(world.Data.Root, ".*.tmp", SearchOption.AllDirectories).ShouldBeEmpty();
    }
}
