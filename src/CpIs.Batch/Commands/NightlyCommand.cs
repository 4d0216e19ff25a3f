using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>nightly</c> was asked to do.</summary>
/// <param name="ConfirmRemovals">Send removals of vanished records even above the limit (rule U10).</param>
internal sealed record NightlyOptions(PeopleRange People, bool ConfirmRemovals);

/// <summary>The command <c>nightly</c>.</summary>
internal static class NightlyCommand
{
    public static Command Create(CommandRunner runner)
    {
        var people = new PeopleOptions();
        var confirm = OptionParsing.Flag("--confirm-removals", "Send removals of vanished records even when they are many");
        var command = new Command("nightly", "Run ingest-access, extract, transform, submit and reconcile as one run.");
        people.AddTo(command);
        command.Add(confirm);
        return runner.Bind(
            command,
            ["nightly --config /etc/cpis/cpis.json --data /var/lib/cpis", "nightly --json --person P1001"],
            parse => new NightlyOptions(people.Read(parse), parse.GetValue(confirm)),
            NightlyHandler.RunAsync);
    }
}
