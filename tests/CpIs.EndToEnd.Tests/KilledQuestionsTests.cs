using System.Diagnostics;
using CpIs.EndToEnd.Tests.Harness;
using Shouldly;

namespace CpIs.EndToEnd.Tests;

/// <summary>Commands that copy the council's people to answer a question, and are killed: nothing of the copy stays.</summary>
public sealed class KilledQuestionsTests : IDisposable
{
    private const int Tries = 20;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(3);
    private readonly Cpis _cpis = new();
    private readonly string _temporary;

    public KilledQuestionsTests()
    {
        _temporary = Directory.CreateDirectory(Path.Combine(_cpis.Root, "temporary")).FullName;
        _cpis.Configure("TMPDIR", _temporary);

        // The runtime's own sockets for debuggers would lie there too.
        _cpis.Configure("DOTNET_EnableDiagnostics", "0");
        _cpis.Run("db", "init").ShouldExit(0);
        var care = Path.Combine(_cpis.Root, "care");
        _cpis.Run("db", "generate", "--children", "3000", "--seed", "1", "--out", care).ShouldExit(0);
        _cpis.Run("db", "load", "--from", care).ShouldExit(0);
    }

    public void Dispose() => _cpis.Dispose();

    [Fact]
    public async Task An_explain_that_is_killed_leaves_no_copy_of_the_people_anywhere()
    {
        if (!OperatingSystem.IsLinux())
        {
            // Only there can be seen from outside that the copy is being made.
            return;
        }

        await KilledAsync(Copies, "explain", "--person", "P0000001");
        _cpis.Run("explain", "--person", "P0000001").ShouldExit(0);

        Left(_cpis.Data).ShouldBeEmpty();
        Directory.GetFileSystemEntries(_temporary).ShouldBeEmpty();
    }

    [Fact]
    public async Task An_offline_transform_that_is_killed_leaves_no_copy_of_the_people_either()
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        var look = Path.Combine(_cpis.Root, "look");
        _cpis.Run("extract", "--out", look).ShouldExit(0);
        await KilledAsync(Copies, "transform", "--offline", "--in", look, "--out", Path.Combine(_cpis.Root, "made"));
        Directory.GetFileSystemEntries(_temporary).ShouldBeEmpty();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task An_extract_to_another_place_that_is_killed_is_cleaned_away_by_the_next_one_and_that_is_whole(bool isThereAlready)
    {
        var other = Directory.CreateDirectory(Path.Combine(_cpis.Root, "other")).FullName;
        var place = Path.Combine(other, "look");
        if (isThereAlready)
        {
            _cpis.Run("extract", "--out", place).ShouldExit(0);
        }

        await KilledAsync(_ => Left(other).Length > 0, "extract", "--out", place);
        Left(other).ShouldNotBeEmpty();
        Directory.Exists(place).ShouldBe(isThereAlready);
        _cpis.Run("extract", "--out", place).ShouldExit(0);

        Directory.GetFileSystemEntries(other).ShouldBe([place]);
        Left(_cpis.Data).ShouldBeEmpty();
        var again = Path.Combine(_cpis.Root, "again");
        _cpis.Run("extract", "--out", again).ShouldExit(0);
        foreach (var file in Directory.GetFiles(again, "*.csv"))
        {
            File.ReadAllBytes(Path.Combine(place, Path.GetFileName(file))).ShouldBe(File.ReadAllBytes(file));
        }
    }

    /// <summary>Runs a command and kills it, as <c>kill -9</c> does, as soon as it has come so far; again if it was faster.</summary>
    private async Task KilledAsync(Func<Process, bool> isAtWork, params string[] arguments)
    {
        for (var i = 0; i < Tries; i++)
        {
            using var process = _cpis.Start(arguments);
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            SpinWait.SpinUntil(() => process.HasExited || isAtWork(process), s_patience).ShouldBeTrue();
            process.Kill();
            await process.WaitForExitAsync();
            await Task.WhenAll(output, error);
            if (process.ExitCode != 0)
            {
                return;
            }
        }

        Assert.Fail($"cpis {arguments[0]} was never killed at work.");
    }

    /// <summary>Whether the work file is being filled. Until then it is empty, and has a name for a moment.</summary>
    private static bool Copies(Process process)
    {
        try
        {
            return Directory.GetFiles($"/proc/{process.Id}/fd").Select(f => new FileInfo(f).LinkTarget)
                .Any(f => f?.Contains(".workspace-", StringComparison.Ordinal) == true && f.EndsWith("(deleted)", StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string[] Left(string folder) =>
        Directory.GetFileSystemEntries(folder, ".*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0, IgnoreInaccessible = true });
}
