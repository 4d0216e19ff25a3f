using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>Old run folders go, and nothing that is still needed.</summary>
public sealed class PurgeTests : IDisposable
{
    private readonly Cpis _cpis = new();

    public void Dispose() => _cpis.Dispose();

    [Fact]
    public void Old_runs_go_but_for_payload_files_that_are_young_unanswered_or_not_archived()
    {
        _cpis.Source.Person("P1", Numbers.Of(1), "Family", "Given", "2018-05-04");
        _cpis.Source.Plan("L1", "P1", "2026-01-15");
        _cpis.Nightly("2026-03-10");
        _cpis.CpIs.TakeAndConfirmAll();
        _cpis.Source.Person("P2", Numbers.Of(2), "Family", "Second", "2018-05-04");
        _cpis.Source.Plan("L2", "P2", "2026-01-15");
        _cpis.Nightly("2026-03-11");

        // A day short of the limit nothing goes; beyond it all but the payload files.
        Purge("2026-06-08").ShouldBe((0, 0, 0));
        var before = Payloads();
        Purge("2026-06-10", "--dry-run").Files.ShouldBeGreaterThan(0);
        File.Exists(Directory.GetFiles(_cpis.Data, "decisions.csv", SearchOption.AllDirectories).Order(StringComparer.Ordinal).First()).ShouldBeTrue();
        Purge("2026-06-10").Files.ShouldBeGreaterThan(0);
        Payloads().ShouldBe(before);
        Directory.GetDirectories(Path.Combine(_cpis.Data, "runs")).Length.ShouldBe(2);
        Purge("2026-06-10").ShouldBe((0, 0, 0));

        // The first file is answered and archived and goes; the second is not answered, and of a third the archive lacks the copy.
        _cpis.Configure("CPIS__Retention__PayloadDays", "30");
        _cpis.Execute("UPDATE cpis_file SET is_archived = 0 WHERE file_number = 1");
        Purge("2026-06-10").Kept.ShouldBe(1);
        _cpis.Execute("UPDATE cpis_file SET is_archived = 1 WHERE file_number = 1");
        Purge("2026-06-10").Folders.ShouldBe(1);
        Payloads().ShouldBe(["upload-000002.xml"]);
        Directory.GetFiles(Path.Combine(_cpis.Data, "archive", "sent"), "*.xml").Length.ShouldBe(2);

        // A night goes on as before.
        _cpis.Nightly("2026-06-11", Cpis.DoneInAnyCase).Of("P1", "CPP")["decision"].ShouldBe("unchanged");
    }

    private (int Folders, int Files, int Kept) Purge(string asOf, params string[] options)
    {
        var json = _cpis.Json(0, asOf, ["purge", .. options]);
        return (json.GetProperty("run_folders").GetInt32(), json.GetProperty("files").GetInt32(), json.GetProperty("kept").GetInt32());
    }

    private IReadOnlyList<string> Payloads() =>
        [.. Directory.GetFiles(Path.Combine(_cpis.Data, "runs"), "upload-*", SearchOption.AllDirectories).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];
}
