using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>What <c>db init</c> was asked to do.</summary>
/// <param name="Script">A file that is written instead, with the SQL for a DBA to run; null to do it.</param>
internal sealed record DbInitOptions(string? Script);

/// <summary>The command <c>db init</c>.</summary>
internal static class DbInitCommand
{
    public static Command Create(CommandRunner runner)
    {
        var script = OptionParsing.Text("--script", "FILE", "Write the SQL for a DBA to run into a new file, and touch no database");
        var command = new Command("init", "Create or upgrade the engine's objects in the database; safe to repeat.") { script };
        return runner.Bind(
            command,
            ["db init --data /var/lib/cpis", "db init --script cpis-install.sql"],
            parse => new DbInitOptions(parse.GetValue(script) is { } file ? runner.PathOf(file) ?? throw new UsageException("--script takes a file.") : null),
            DbInitHandler.RunAsync,
            usesData: options => options.Script is null);
    }
}
