using System.Diagnostics;
using Shouldly;

namespace CpIs.Batch.Tests.Jobs;

/// <summary>The built program, run as a process.</summary>
public sealed class ProcessTests : IDisposable
{
    private static readonly string s_program = Path.Combine(AppContext.BaseDirectory, "cpis.dll");
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task The_exit_code_and_standard_output_are_those_of_the_command()
    {
        var help = await RunAsync("dotnet", s_program, "nightly", "--help");
        help.ExitCode.ShouldBe(0);
        help.Out.ShouldContain("--confirm-removals");

        var wrong = await RunAsync("dotnet", s_program, "nigtly");
        wrong.ExitCode.ShouldBe(2);
        wrong.Out.ShouldBeEmpty();
        wrong.Error.ShouldContain("Did you mean nightly?");
    }

    [Fact]
    public async Task The_environment_overrides_the_configuration()
    {
        var result = await RunAsync("dotnet", [s_program, "status"], ("CPIS__RULES__RETENTIONMONTHS", "many"));

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("CPIS__RULES__RETENTIONMONTHS");
    }

    [Fact]
    public async Task Whatever_is_written_is_for_its_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        (await RunAsync("dotnet", s_program, "db", "generate", "--children", "10", "--seed", "1", "--out", "a/b", "--quiet")).ExitCode.ShouldBe(0);
        (await RunAsync("dotnet", s_program, "db", "init")).ExitCode.ShouldBe(0);

        File.Exists(_folder.File("data/cpis.db")).ShouldBeTrue();
        const UnixFileMode ForOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        foreach (var entry in Directory.EnumerateFileSystemEntries(_folder.Path, "*", SearchOption.AllDirectories))
        {
            (File.GetUnixFileMode(entry) & ForOthers).ShouldBe(UnixFileMode.None, entry);
        }
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task A_signal_ends_it_with_exit_code_130_and_leaves_nothing_half_written(string signal)
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

        using var process = Start("dotnet", [s_program, "db", "generate", "--children", "800000", "--seed", "1", "--out", "a"]);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        while (Directory.GetDirectories(_folder.Path).Length == 0 && !process.HasExited)
        {
            await Task.Yield();
        }

        (await RunAsync("kill", $"-{signal}", $"{process.Id}")).ExitCode.ShouldBe(0);
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));

        process.ExitCode.ShouldBe(130);
        (await output).ShouldBeEmpty();
        (await error).ShouldContain("Interrupted");
        Directory.GetFileSystemEntries(_folder.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task The_shell_script_passes_options_output_and_exit_code_through()
    {
        if (OperatingSystem.IsWindows())
        {
            return;
        }

#if DEBUG
        const string Configuration = "Debug";
#else
        const string Configuration = "Release";
#endif
        // This very build is what the script is to run.
        File.SetLastWriteTimeUtc(Repository.File("src", "CpIs.Batch", "bin", Configuration, "net10.0", "cpis.dll"), TimeProvider.System.GetUtcNow().UtcDateTime);
        var script = Repository.File("run.sh");
        var completion = await RunAsync(script, ["completion", "bash"], ("CONFIGURATION", Configuration));
        completion.ExitCode.ShouldBe(0, completion.Error);
        completion.Out.ShouldStartWith("# cpis completion for bash");

        var wrong = await RunAsync(script, ["report", "--out", "a b.html", "--identifed"], ("CONFIGURATION", Configuration));
        wrong.ExitCode.ShouldBe(2);
        wrong.Out.ShouldBeEmpty();
        wrong.Error.ShouldContain("--identifed");
    }

    private Task<(int ExitCode, string Out, string Error)> RunAsync(string program, params string[] args) => RunAsync(program, args, []);

    private async Task<(int ExitCode, string Out, string Error)> RunAsync(string program, string[] args, params (string Name, string Value)[] variables)
    {
        using var process = Start(program, args, variables);
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await output, await error);
    }

    private Process Start(string program, string[] args, params (string Name, string Value)[] variables)
    {
        var start = new ProcessStartInfo(program, args) { WorkingDirectory = _folder.Path, UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in variables)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }
}
