using System.Text.Json;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using CpIs.Batch.Tests.Commands;
using Shouldly;

namespace CpIs.Batch.Tests.Jobs;

/// <summary>Whatever a file of the repository tells people or schedulers to run exists in the program.</summary>
public sealed partial class CommandMentionsTests
{
    [Theory]
    [InlineData("run.sh")]
    [InlineData("run.ps1")]
    [InlineData("jobs/README.md")]
    [InlineData("jobs/cron/cpis")]
    [InlineData("jobs/systemd/cpis-nightly.service")]
    [InlineData("jobs/systemd/cpis-schedule.service")]
    [InlineData("jobs/windows/cpis-nightly.xml")]
    [InlineData("jobs/nightly.json")]
    [InlineData("jobs/ingest-access.json")]
    [InlineData("jobs/reconcile.json")]
    [InlineData("jobs/purge.json")]
    [InlineData("docs/schedule.md")]
    [InlineData("samples/README.md")]
    [InlineData("README.md")]
    [InlineData("docs/operations.md")]
    [InlineData("docs/report.md")]
    public void Every_command_and_option_named_in_a_file_exists(string file)
    {
        var path = Repository.File(file.Split('/'));
        if (!File.Exists(path))
        {
            // A document that is still to come.
            file.ShouldEndWith(".md");
            return;
        }

        var lines = CommandLines(path).ToList();
        if (!file.EndsWith(".md", StringComparison.Ordinal))
        {
            lines.ShouldNotBeEmpty();
        }

        foreach (var line in lines)
        {
            Problems(line).ShouldBeEmpty(line);
        }
    }

    [Theory]
    [InlineData("jobs/cron/cpis")]
    [InlineData("jobs/systemd/cpis-nightly.service")]
    [InlineData("jobs/windows/cpis-nightly.xml")]
    public void Each_scheduler_runs_the_night(string file) =>
        CommandLines(Repository.File(file.Split('/'))).Single().ShouldStartWith("nightly ");

    [Fact]
    public void Every_file_of_the_jobs_folder_is_looked_at()
    {
        var looked = typeof(CommandMentionsTests).GetMethod(nameof(Every_command_and_option_named_in_a_file_exists))!
            .GetCustomAttributesData().Where(a => a.AttributeType == typeof(InlineDataAttribute))
            .Select(a => (string)((IReadOnlyCollection<System.Reflection.CustomAttributeTypedArgument>)a.ConstructorArguments[0].Value!).Single().Value!);

        Directory.GetFiles(Repository.File("jobs"), "*", SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(Repository.Root, f).Replace('\\', '/'))
            .Where(f => !f.EndsWith(".timer", StringComparison.Ordinal))
            .ShouldBeSubsetOf(looked);
    }

    [Fact]
    public void The_timer_names_its_time_zone_and_starts_the_service_of_its_name()
    {
        var timer = File.ReadAllText(Repository.File("jobs", "systemd", "cpis-nightly.timer"));

        timer.ShouldContain("OnCalendar=*-*-* 02:30:00 Europe/London");
        timer.ShouldContain("Persistent=true");
        File.Exists(Repository.File("jobs", "systemd", "cpis-nightly.service")).ShouldBeTrue();
    }

    [Theory]
    [InlineData("cpis-nightly.service", "RestartPreventExitStatus=2 4 5 130")]
    [InlineData("cpis-schedule.service", "RestartPreventExitStatus=2")]
    public void A_service_can_write_nothing_but_its_data_and_does_not_repeat_what_needs_a_person(string file, string norestart)
    {
        var service = File.ReadAllLines(Repository.File("jobs", "systemd", file));

        service.ShouldContain("ProtectSystem=strict");
        service.ShouldContain("NoNewPrivileges=true");
        service.ShouldContain("CapabilityBoundingSet=");
        service.ShouldContain("UMask=0077");
        service.ShouldContain(norestart);
    }

    [Fact]
    public void The_schedulers_service_runs_it_and_takes_its_stop_for_success()
    {
        var file = Repository.File("jobs", "systemd", "cpis-schedule.service");

        CommandLines(file).Single().ShouldStartWith("schedule ");
        File.ReadAllLines(file).ShouldContain("SuccessExitStatus=130");
    }

    [Theory]
    [InlineData("nightly --data x")]
    [InlineData("nightly --flul", "--flul")]
    [InlineData("nigtly --full", "nigtly")]
    [InlineData("transform --format word", "word")]
    public void The_check_itself_notices_what_does_not_exist(string line, params string[] problems)
    {
        foreach (var problem in problems)
        {
            string.Join(' ', Problems(line)).ShouldContain(problem);
        }

        (Problems(line).Count > 0).ShouldBe(problems.Length > 0);
    }

    [Fact]
    public void PowerShell_passes_everything_through()
    {
        var script = File.ReadAllText(Repository.File("run.ps1"));

        // With a param block PowerShell would keep options to itself.
        script.ShouldNotContain("param(");
        script.ShouldContain("& dotnet $program @args");
        script.TrimEnd().ShouldEndWith("exit $LASTEXITCODE");
        script.Count(c => c == '{').ShouldBe(script.Count(c => c == '}'));
        script.Count(c => c == '(').ShouldBe(script.Count(c => c == ')'));
    }

    private static List<string> Problems(string line)
    {
        var root = CommandTree.Root(out _);
        var parse = root.Parse(Words().Matches(line).Select(m => Filled(m.Value.Trim('"'))).ToArray());
        List<string> problems = [.. parse.UnmatchedTokens, .. parse.Errors.Select(e => e.Message)];
        if (parse.CommandResult.Command == root)
        {
            problems.Add($"no command in: {line}");
        }

        return problems;
    }

    /// <summary>Gives a placeholder of a text, as <c>ID</c>, a value that its option can take.</summary>
    private static string Filled(string word) => word switch
    {
        "yyyy-MM-dd" => "2026-03-10",
        "LIST" => "hl7v3,flat",
        _ when word.All(char.IsAsciiLetterUpper) => "1",
        _ => word,
    };

    /// <summary>Command lines without the program's name.</summary>
    private static IEnumerable<string> CommandLines(string path)
    {
        if (path.EndsWith(".xml", StringComparison.Ordinal))
        {
            return XDocument.Load(path).Descendants().Where(e => e.Name.LocalName == "Arguments").Select(e => e.Value.Trim());
        }

        if (path.EndsWith(".json", StringComparison.Ordinal))
        {
            using var job = JsonDocument.Parse(File.ReadAllText(path), new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip });
            var words = job.RootElement.GetProperty("Options").EnumerateArray().Select(o => o.GetString()).Prepend(job.RootElement.GetProperty("Command").GetString());
            return [string.Join(' ', words)];
        }

        return File.ReadLines(path).Select(l => Invocation().Match(l)).Where(m => m.Success).Select(m => m.Groups["args"].Value.Trim());
    }

    [GeneratedRegex(@"(?:^|[ =`])(?:\S*/cpis/cpis|\./run\.sh|\.\\run\.ps1|dotnet run --project src/CpIs\.Batch --|cpis) (?<args>[a-z][^`#>|]*)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Invocation();

    [GeneratedRegex("""("[^"]*"|\S+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Words();
}
