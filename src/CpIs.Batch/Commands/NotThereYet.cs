namespace CpIs.Batch.Commands;

/// <summary>The answer of a command whose work is not built in yet.</summary>
internal static class NotThereYet
{
    /// <exception cref="CannotFinishException">Always.</exception>
    public static Task<int> Answer(string command) => throw new CannotFinishException($"The command {command} is not there yet.");
}
