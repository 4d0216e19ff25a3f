using System.Text;
using CpIs.Batch.Steps;
using CpIs.Storage;
using Spectre.Console;

namespace CpIs.Batch.Commands;

/// <summary>The work of <c>db init</c>.</summary>
internal static class DbInitHandler
{
    public static async Task<int> RunAsync(CommandContext context, DbInitOptions options, CancellationToken cancellationToken)
    {
        var migrator = new Migrator(Databases.Of(context), context.Environment.MachineClock);
        if (options.Script is { } path)
        {
            await WriteAsync(path, migrator.Script(), cancellationToken);
            context.Output.Result(new { Script = path }, console => console.WriteLine($"Written: {path}. Nothing was done to any database."));
            return ExitCodes.Done;
        }

        var applied = await migrator.ApplyAsync(cancellationToken);
        context.Output.Result(
            new { Applied = applied },
            console => console.WriteLine(applied.Count == 0 ? "The database is current." : $"Applied: {string.Join(", ", applied)}."));
        return ExitCodes.Done;
    }

    private static async Task WriteAsync(string path, string script, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = DataFolder.CreateFile(path);
            await stream.WriteAsync(Encoding.UTF8.GetBytes(script), cancellationToken);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new UsageException($"--script: {path} is there already. Name a new file.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UsageException($"--script: {path} cannot be written. Check that its folder is there and may be written.");
        }
    }
}
