using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>The command <c>db</c> with its subcommands.</summary>
internal static class DbCommand
{
    public static Command Create(CommandRunner runner) => new("db", "Set up, fill and check the database.")
    {
        DbInitCommand.Create(runner),
        DbLoadCommand.Create(runner),
        DbGenerateCommand.Create(runner),
        DbCheckCommand.Create(runner),
    };
}
