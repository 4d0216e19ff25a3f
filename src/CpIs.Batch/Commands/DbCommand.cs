using System.CommandLine;

namespace CpIs.Batch.Commands;

/// <summary>The command <c>db</c> with its subcommands.</summary>
internal static class DbCommand
{
    public static Command Create(CommandRunner runner) => new("db", "Set up, fill, check and recover the database.")
    {
        DbInitCommand.Create(runner),
        DbLoadCommand.Create(runner),
        DbGenerateCommand.Create(runner),
        DbCheckCommand.Create(runner),
        DbRecoverCommand.Create(runner),
    };
}
