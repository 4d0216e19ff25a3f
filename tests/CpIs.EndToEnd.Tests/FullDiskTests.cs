using System.Diagnostics;
using System.Globalization;
using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>
/// A night that finds no room ends with 3 and says what to do, shows nothing half-written, and the next one ends as if nothing had happened.
/// On SQLite whatever server is named: a server has its files elsewhere, and <see cref="SqlServerConditionsTests"/> has its full log.
/// </summary>
public sealed class FullDiskTests : IDisposable
{
    private const int Children = 100;
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "cpis.dll");

    // A file system of its own, in a name space of its own, so that no right of an administrator is needed. The night and the one after it
    // run inside; what was there in between, and at the end, is copied out.
    private const string InFullFileSystem = """
        set -e
        full="$1/full"; folder="$2"; free="$3"; program="$4"
        mkdir -p "$full"
        mount -t tmpfs -o size=64m,mode=700 tmpfs "$full"
        cp -a "$1/data/." "$full"
        where="$full/$folder"
        if [ -n "$folder" ]; then mkdir -p "$where"; mount -t tmpfs -o size=1m,mode=700 tmpfs "$where"; fi
        dd if=/dev/zero of="$where/ballast" bs=1024 count=$(($(df --output=avail -k "$where" | tail -1) - free)) status=none
        code=0; dotnet "$program" nightly --as-of 2026-03-10 --data "$full" > "$1/out" 2> "$1/error" || code=$?
        rm "$where/ballast"
        cp -a "$full" "$1/then"
        next=0; dotnet "$program" nightly --as-of 2026-03-10 --data "$full" > /dev/null 2> "$1/error-next" || next=$?
        rm -r "$1/data"; cp -a "$full" "$1/data"
        echo "$code $next"
        """;

    private readonly Cpis _cpis = new(embedded: true);

    public void Dispose() => _cpis.Dispose();

    [SkippableTheory]
    [InlineData("", 0, 3)]
    [InlineData("", 120, 3)]
    [InlineData("", 320, 3)]
    [InlineData("runs", 12, 3)]
    [InlineData("outbox", 8, 3)]
    [InlineData("archive", 8, 3)]
    [InlineData("logs", 0, 0)]
    public void A_file_system_without_room_anywhere_or_in_one_folder(string folder, int kilobytes, int exitCode)
    {
        Skip.IfNot(OperatingSystem.IsLinux() && Bash("-c", "unshare -rm mount -t tmpfs tmpfs /mnt").ExitCode == 0, "This user can make no file system of a limited size.");
        Council();

        var ended = Bash("-c", "exec unshare -rm bash -c \"$0\" \"$@\"", InFullFileSystem, "bash", _cpis.Root, folder, kilobytes.ToString(CultureInfo.InvariantCulture), s_program);
        ended.ShouldExit(0);
        ended.Output.Trim().ShouldBe($"{exitCode} 0", File.ReadAllText(Path.Combine(_cpis.Root, "error")) + File.ReadAllText(Path.Combine(_cpis.Root, "error-next")));
        ShouldSayWhatToDo(File.ReadAllText(Path.Combine(_cpis.Root, "error")) + File.ReadAllText(Path.Combine(_cpis.Root, "out")));

        // What could be seen before there was room again is whole.
        var then = Path.Combine(_cpis.Root, "then");
        foreach (var file in Directory.GetFiles(then, "upload-*.xml", SearchOption.AllDirectories))
        {
            new CpIsSide(Path.GetDirectoryName(file)!, string.Empty).Read(1).Count.ShouldBe(Children);
        }

        EndedAsIfNothingHadHappened();
    }

    [Theory]
    [InlineData(48)]
    [InlineData(64)]
    [InlineData(140)]
    public void A_limit_on_the_size_of_files(int kilobytes)
    {
        if (OperatingSystem.IsWindows())
        {
            // Windows has no such limit for a process.
            return;
        }

        Council();
        var full = RunLimited(kilobytes, "nightly", "--as-of", "2026-03-10", "--data", _cpis.Data);
        full.ShouldExit(3);
        ShouldSayWhatToDo(full.Error);

        _cpis.Run("nightly", "--as-of", "2026-03-10").ShouldExit(0);
        EndedAsIfNothingHadHappened();
    }

    [Fact]
    public void A_file_over_that_limit_is_told_in_a_sentence_and_leaves_nothing()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        Council();
        var (look, made) = (Path.Combine(_cpis.Root, "look"), Path.Combine(_cpis.Root, "made"));
        _cpis.Run("extract", "--out", look).ShouldExit(0);

        // The first file that grows is a plain one, and no database.
        var full = RunLimited(4, "transform", "--offline", "--in", look, "--out", made);
        full.ShouldExit(3);
        full.Error.ShouldContain("limit");
        ShouldSayWhatToDo(full.Error);
        Directory.GetFiles(made).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("--help", "> /dev/full")]
    [InlineData("--version", ">&-")]
    public void Help_that_cannot_be_written_is_no_crash(string option, string output)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var full = Bash("-c", $"exec dotnet \"$@\" {output}", "bash", s_program, option);
        full.ShouldExit(3);
        full.Error.ShouldNotContain("Unhandled");
        full.Error.ShouldContain("run again");
    }

    private static void ShouldSayWhatToDo(string said)
    {
        said.ShouldNotContain("Unexpected");
        said.ShouldNotContain("Unhandled");
        new[] { "run again", "next run", "space left", "log is incomplete" }.ShouldContain(advice => said.Contains(advice, StringComparison.Ordinal), said);
    }

    /// <summary>Every child was told once, in one file that is in the archive, and nothing is left to do or to clean away.</summary>
    private void EndedAsIfNothingHadHappened()
    {
        var sent = _cpis.CpIs.TakeAndConfirmAll();
        sent.Select(r => r.LocalId).Order(StringComparer.Ordinal).ShouldBe(Enumerable.Range(1, Children).Select(i => $"P{i}").Order(StringComparer.Ordinal));
        var number = sent[0].File;
        Directory.GetFiles(Path.Combine(_cpis.Data, "archive", "sent")).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)
            .ShouldBe([$"upload-{number:D6}.about.json", $"upload-{number:D6}.xml"]);
        Directory.GetFileSystemEntries(_cpis.Data, ".*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }).ShouldBeEmpty();
        _cpis.Query("SELECT DISTINCT status FROM cpis_file WHERE status <> 'void'").ShouldHaveSingleItem()["status"].ShouldBe("sent");
        _cpis.Json(0, "2026-03-11", "nightly").GetProperty("files").GetArrayLength().ShouldBe(0);
        _cpis.Query("SELECT outcome FROM cpis_file_record WHERE told_at IS NOT NULL").ShouldAllBe(r => r["outcome"] == "confirmed");
    }

    private void Council()
    {
        for (var i = 1; i <= Children; i++)
        {
            _cpis.Source.Person($"P{i}", Numbers.Of(i), "Family", "Given", "2018-05-04");
            _cpis.Source.Plan($"L{i}", $"P{i}", "2026-01-15");
        }

        _cpis.Run("db", "init").ShouldExit(0);
        _cpis.Source.Write();
        _cpis.Run("db", "load", "--from", _cpis.Source.Folder).ShouldExit(0);
    }

    /// <summary>No file of the process can grow beyond the limit.</summary>
    private Finished RunLimited(int kilobytes, params string[] arguments) =>
        Bash(["-c", $"trap '' XFSZ; ulimit -f {kilobytes}; exec dotnet \"$@\"", "bash", s_program, .. arguments]);

    private Finished Bash(params string[] arguments)
    {
        var start = new ProcessStartInfo("bash", arguments)
        {
            WorkingDirectory = _cpis.Root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // The runtime keeps its own code in a file in memory, which is not what is to be limited.
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0";
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        process.WaitForExit(TimeSpan.FromMinutes(5)).ShouldBeTrue();
        return new Finished(process.ExitCode, output.GetAwaiter().GetResult(), error.GetAwaiter().GetResult(), string.Join(' ', arguments.TakeLast(4)));
    }
}
