using System.CommandLine;
using System.Text.Json;
using CpIs.Batch.Commands;
using CpIs.Domain.Time;
using Shouldly;

namespace CpIs.Batch.Tests.Commands;

public sealed class CommandLineTests : IDisposable
{
    private readonly Cli _cli = new();

    public void Dispose() => _cli.Dispose();

    /// <summary>The table of contract section 1.</summary>
    [Theory]
    [InlineData("extract", "--from --to --person --full --out")]
    [InlineData("transform", "--in --out --format --offline --sequence")]
    [InlineData("submit", "")]
    [InlineData("ingest-access", "--in")]
    [InlineData("reconcile", "--out")]
    [InlineData("nightly", "--from --to --person --full --confirm-removals")]
    [InlineData("schedule", "")]
    [InlineData("status", "")]
    [InlineData("explain", "--person")]
    [InlineData("report", "--out")]
    [InlineData("db init", "")]
    [InlineData("db load", "--from")]
    [InlineData("db generate", "--children --seed --out")]
    [InlineData("db check", "")]
    [InlineData("simulate", "")]
    [InlineData("demo", "")]
    public void Every_command_of_the_contract_is_there_with_its_options_and_the_global_ones(string path, string options)
    {
        var root = CommandTree.Root(out _);
        Command command = root;
        foreach (var name in path.Split(' '))
        {
            command = command.Subcommands.Single(c => c.Name == name);
        }

        command.Options.Select(o => o.Name).ShouldBeSubsetOfReverse(options.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        root.Options.Where(o => o.Recursive).Select(o => o.Name)
            .ShouldBeSubsetOfReverse(["--config", "--data", "--as-of", "--json", "--quiet", "--log-level"]);
    }

    [Fact]
    public async Task Every_command_has_a_description_and_an_example_that_the_program_accepts()
    {
        var root = CommandTree.Root(out var examples);
        foreach (var command in CommandTree.Leaves(root))
        {
            command.Description.ShouldNotBeNullOrWhiteSpace();
            examples.ContainsKey(command).ShouldBeTrue(command.Name);
            foreach (var example in examples[command])
            {
                var words = example.Split(" >")[0].Split(' ');
                root.Parse(words).Errors.ShouldBeEmpty(example);
                root.Parse(words).CommandResult.Command.ShouldBe(command, example);
            }

            var path = CommandTree.PathOf(command);
            var help = await _cli.RunAsync([.. path.Split(' '), "--help"]);
            help.ExitCode.ShouldBe(0);
            help.Out.ShouldContain($"cpis {examples[command][0]}");
        }
    }

    [Theory]
    [InlineData("nigtly", "Unknown command: nigtly. Did you mean nightly?")]
    [InlineData("db ini", "Unknown command: ini. Did you mean init?")]
    [InlineData("completely-else", "Unknown command: completely-else.")]
    [InlineData("nightly --flul", "Unknown option: --flul. Did you mean --full?")]
    [InlineData("nightly --as-off 2026-03-10", "Unknown option: --as-off. Did you mean --as-of?")]
    [InlineData("nightly --confirm-removal=true", "Did you mean --confirm-removals?")]
    [InlineData("extract here", "Unknown argument: here.")]
    [InlineData("", "A command is needed: extract, transform")]
    [InlineData("db", "A command is needed: init, load, generate, check")]
    [InlineData("nightly --as-of 2026-02-29", "--as-of takes a date")]
    [InlineData("nightly --as-of 10/03/2026", "--as-of takes a date")]
    [InlineData("nightly --as-of 2100-01-01", "--as-of takes a date")]
    [InlineData("nightly --from 2026-03-02 --to 2026-03-01", "--to is before --from")]
    [InlineData("nightly --from", "--from")]
    [InlineData("nightly --person=", "--person")]
    [InlineData("nightly --log-level loud", "loud")]
    [InlineData("transform --format hl7v3,flatt", "Did you mean flat?")]
    [InlineData("transform --format hl7v3,HL7v3", "--format names a format twice")]
    [InlineData("transform --sequence 5", "--sequence goes with --offline only")]
    [InlineData("transform --offline --in .", "--offline needs --in and --out")]
    [InlineData("transform --offline --out .", "--offline needs --in and --out")]
    [InlineData("transform --sequence 0 --offline --in . --out .", "--sequence takes a whole number from 1")]
    [InlineData("transform --in absent", "--in names a folder that does not exist: absent")]
    [InlineData("ingest-access --in absent", "--in names a file or folder that does not exist: absent")]
    [InlineData("explain", "explain takes one of --person and --nhs-number-file")]
    [InlineData("explain --nhs-number-file absent", "--nhs-number-file names a file that does not exist: absent")]
    [InlineData("report", "--out")]
    [InlineData("db load", "--from")]
    [InlineData("db load --from absent", "--from names a folder that does not exist: absent")]
    [InlineData("db generate --seed 1 --out x", "--children")]
    [InlineData("db generate --children 0 --seed 1 --out x", "--children takes a whole number from 1")]
    [InlineData("db generate --children 5 --seed 1 --out x --bad-rows -1", "--bad-rows takes a whole number from 0")]
    [InlineData("completion fish", "fish")]
    [InlineData("--config absent.json status", "--config names a file that does not exist: absent.json")]
    public async Task Bad_usage_is_exit_code_2_and_says_what_is_wrong_on_standard_error(string line, string expected)
    {
        var result = await _cli.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain(expected);
        result.Out.ShouldBeEmpty();
        Directory.Exists(_cli.Folder.File("data")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_bad_configuration_is_exit_code_2_and_names_the_key()
    {
        _cli.Folder.File("cpis.json", """{ "Rules": { "RetentionMonths": 0 } }""");

        var result = await _cli.RunAsync("status");

        result.ExitCode.ShouldBe(2);
        result.Error.ShouldContain("Rules:RetentionMonths");
    }

    [Theory]
    [InlineData("status --json")]
    [InlineData("--json status")]
    [InlineData("nigtly --json")]
    [InlineData("nightly --json --as-of never")]
    public async Task With_json_a_failure_is_one_object_on_standard_output(string line)
    {
        _cli.Folder.File("cpis.json", """{ "Rules": { "RetentionMonths": 0 } }""");

        var result = await _cli.RunAsync(line.Split(' '));

        using var json = JsonDocument.Parse(result.Out);
        json.RootElement.GetProperty("exit_code").GetInt32().ShouldBe(result.ExitCode);
        json.RootElement.GetProperty("error").GetString().ShouldNotBeNullOrWhiteSpace();
    }

    [Theory]
    [InlineData("--data elsewhere --as-of 2026-03-10 --quiet probe")]
    [InlineData("probe --data elsewhere --as-of 2026-03-10 --quiet")]
    [InlineData("--data elsewhere probe --as-of 2026-03-10 --quiet")]
    public async Task Global_options_stand_before_or_after_the_command(string line)
    {
        CommandContext? seen = null;
        var result = await RunProbeAsync(line, (context, _) =>
        {
            seen = context;
            return Task.FromResult(0);
        });

        result.ExitCode.ShouldBe(0);
        seen.ShouldNotBeNull();
        seen.Data.Root.ShouldBe(_cli.Folder.File("elsewhere"));
        seen.BusinessDate.ShouldBe(new DateOnly(2026, 3, 10));
        seen.AsOfGiven.ShouldBeTrue();
        seen.Output.IsQuiet.ShouldBeTrue();
        Directory.Exists(seen.Data.Logs).ShouldBeTrue();
    }

    [Fact]
    public async Task Without_options_the_data_folder_is_data_and_the_business_date_is_today_in_London()
    {
        CommandContext? seen = null;
        await RunProbeAsync("probe", (context, _) =>
        {
            seen = context;
            return Task.FromResult(0);
        });

        seen.ShouldNotBeNull();
        seen.Data.Root.ShouldBe(_cli.Folder.File("data"));
        seen.AsOfGiven.ShouldBeFalse();
        London.DateOf(seen.Clock.GetUtcNow()).DayNumber.ShouldBeInRange(seen.BusinessDate.DayNumber, seen.BusinessDate.DayNumber + 1);
    }

    [Fact]
    public async Task An_unexpected_error_is_exit_code_3_and_repeats_no_data()
    {
        var result = await RunProbeAsync("probe", (_, _) => throw new FormatException("The input string 'Gwendolyn 9990000018' was not in a correct format."));

        result.ExitCode.ShouldBe(3);
        result.Error.ShouldContain("probe could not finish: Unexpected error (FormatException). Details are in the log file.");
        var log = await File.ReadAllTextAsync(Directory.GetFiles(_cli.Folder.File("data/logs")).Single());
        log.ShouldContain("System.FormatException");
        (result.Error + result.Out + log).ShouldNotContain("Gwendolyn");
        (result.Error + result.Out + log).ShouldNotContain("9990000018");
    }

    [Fact]
    public async Task An_error_of_the_file_system_says_what_it_was()
    {
        var result = await RunProbeAsync("probe", (_, _) => throw new IOException("No space left on device"));

        result.ExitCode.ShouldBe(3);
        result.Error.ShouldContain("No space left on device");
    }

    [Fact]
    public async Task An_interruption_is_exit_code_130()
    {
        using var interruption = new CancellationTokenSource();
        var result = await RunProbeAsync(
            "probe",
            async (_, token) =>
            {
                await interruption.CancelAsync();
                token.ThrowIfCancellationRequested();
                return 0;
            },
            interruption.Token);

        result.ExitCode.ShouldBe(130);
    }

    [Fact]
    public async Task A_cancellation_that_nobody_asked_for_is_not_taken_for_an_interruption() =>
        (await RunProbeAsync("probe", (_, _) => throw new TaskCanceledException())).ExitCode.ShouldBe(3);

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task The_exit_code_of_the_work_is_passed_on(int exitCode) =>
        (await RunProbeAsync("probe", (_, _) => Task.FromResult(exitCode))).ExitCode.ShouldBe(exitCode);

    [Fact]
    public async Task Completion_scripts_ask_the_program_itself()
    {
        foreach (var shell in new[] { "bash", "zsh", "pwsh" })
        {
            var script = await _cli.RunAsync("completion", shell);
            script.ExitCode.ShouldBe(0);
            script.Out.ShouldContain("[suggest:");
        }

        (await SuggestAsync("cpis nigh")).Trim().ShouldBe("nightly");
        (await SuggestAsync("cpis transform --log-level ")).ShouldContain("warning");
        (await SuggestAsync("cpis nightly --")).ShouldContain("--confirm-removals");

        async Task<string> SuggestAsync(string line) => (await _cli.RunAsync($"[suggest:{line.Length}]", line)).Out;
    }

    private async Task<CliResult> RunProbeAsync(string line, Func<CommandContext, CancellationToken, Task<int>> work, CancellationToken interruption = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var environment = new ProgramEnvironment(output, error, false, false, _cli.Folder.Path, _cli.Variables, TimeProvider.System);
        var global = new GlobalOptions();
        var runner = new CommandRunner(environment, global, interruption);
        var root = CpisProgram.CreateRoot(runner, global);
        root.Add(runner.Bind(new Command("probe"), ["probe"], _ => 0, (context, _, token) => work(context, token)));
        var exitCode = await root.Parse(line.Split(' ')).InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false }, CancellationToken.None);
        return new CliResult(exitCode, output.ToString(), error.ToString());
    }
}
