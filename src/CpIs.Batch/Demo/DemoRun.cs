using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Batch.Output;
using CpIs.Batch.StandIn;
using CpIs.Domain.Time;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Demo;

/// <summary>
/// Two nights of the sample council, by the very commands that a council runs. It knows only the embedded defaults: whatever a
/// configuration file says, nothing of it can reach another database or a real mailbox.
/// </summary>
internal sealed class DemoRun(CommandContext caller, DataFolder data, ILoggerFactory logs, CancellationToken cancellationToken)
{
    /// <summary>Night one of <c>samples/council</c>; night two is the day after.</summary>
    public static readonly DateOnly NightOne = new(2026, 3, 10);
    public static readonly DateOnly NightTwo = NightOne.AddDays(1);

    /// <summary>A child with a plan and a looked-after status: three accesses are a pattern (rule A7).</summary>
    private const string Child = "P1013";

    /// <summary>The mother of unborn twins (rule A4).</summary>
    private const string Mother = "P2015";

    /// <summary>A child whose NHS number becomes inactive (rules N3, A6).</summary>
    private const string Inactive = "P1007";

    private readonly CpisSettings _settings = SettingsLoader.Load(null, data.Root, []);

    public async Task<DemoResult> RunAsync()
    {
        var begun = caller.Environment.MachineClock.GetTimestamp();
        Say("Setting up the sample council ...");
        await DoAsync(NightOne, context => DbInitHandler.RunAsync(context, new DbInitOptions(Script: null), cancellationToken));
        await LoadAsync(NightOne, "council");

        Say($"Night one, {StandInText.Of(NightOne)} ...");
        var first = await NightAsync(NightOne);
        var firstAnswers = await SimulateAsync(NightOne, new SimulateOptions());

        Say("A day passes: CP-IS answers, clinicians look, a number becomes inactive, and the council's records change ...");
        var notices = await SimulateAsync(NightTwo, new SimulateOptions { AccessesOf = [Child, Child, Child, Mother], InactiveOf = [Inactive] });
        await LoadAsync(NightTwo, "council-night-two");

        Say($"Night two, {StandInText.Of(NightTwo)} ...");
        var second = await NightAsync(NightTwo);
        var secondAnswers = await SimulateAsync(NightTwo, new SimulateOptions());

        return new DemoResult(
            data.Root,
            Math.Round(caller.Environment.MachineClock.GetElapsedTime(begun).TotalSeconds, 1),
            [DemoReader.NightOf(first, firstAnswers), DemoReader.NightOf(second, secondAnswers)],
            notices.Accesses,
            notices.Inactive,
            secondAnswers.Held,
            DemoReader.AccessesIn(data.Database),
            DemoReader.AlertsIn(data.Database),
            DemoReader.ExampleIn(data.Database));
    }

    private Task<int> LoadAsync(DateOnly day, string sample) =>
        DoAsync(day, context => DbLoadHandler.RunAsync(context, new DbLoadOptions(DemoFolder.Sample(sample)), cancellationToken));

    private Task<SimulateResult> SimulateAsync(DateOnly day, SimulateOptions options) =>
        SimulateHandler.SimulateAsync(ContextOn(day), options, cancellationToken);

    private async Task<NightSummary> NightAsync(DateOnly day)
    {
        var options = new NightlyOptions(new PeopleRange(null, null, null, Full: false), ConfirmRemovals: false);
        var (exitCode, night) = await NightlyHandler.NightAsync(ContextOn(day), options, show: false, cancellationToken);

        // The sample council has a row that cannot be read, on purpose, so that something always needs an operator.
        return exitCode is ExitCodes.Done or ExitCodes.NeedsOperator
            ? night
            : throw new CannotFinishException($"The night of {StandInText.Of(day)} could not finish: {string.Join(' ', night.Problems)}");
    }

    private async Task<int> DoAsync(DateOnly day, Func<CommandContext, Task<int>> work)
    {
        var exitCode = await work(ContextOn(day));
        return exitCode == ExitCodes.Done ? exitCode : throw new CannotFinishException($"A step of the demo ended with exit code {exitCode}.");
    }

    /// <summary>A context of its own for each command, whose result nobody sees.</summary>
    private CommandContext ContextOn(DateOnly day) => caller with
    {
        Settings = _settings,
        Data = data,
        Clock = new RunClock(caller.Environment.MachineClock, day),
        AsOfGiven = true,
        Logs = logs,
        Output = new CommandOutput(TextWriter.Null, TextWriter.Null, outIsTerminal: false, errorIsTerminal: false, isJson: false, isQuiet: true),
    };

    private void Say(string message) => caller.Output.Say(message);
}
