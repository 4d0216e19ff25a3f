using System.Collections;
using System.Text;

namespace CpIs.Batch.Commands;

/// <summary>What the program finds around itself, so that a test can put other things there.</summary>
/// <param name="Out">Results only.</param>
/// <param name="Error">Messages, progress and errors.</param>
/// <param name="WorkingFolder">What relative paths on the command line are taken from.</param>
/// <param name="MachineClock">The clock that the run's own clock is set from.</param>
internal sealed record ProgramEnvironment(
    TextWriter Out,
    TextWriter Error,
    bool OutIsTerminal,
    bool ErrorIsTerminal,
    string WorkingFolder,
    IReadOnlyCollection<KeyValuePair<string, string>> Variables,
    TimeProvider MachineClock)
{
    public static ProgramEnvironment OfThisProcess()
    {
        if (OperatingSystem.IsWindows())
        {
            Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        }

        var variables = Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(v => KeyValuePair.Create((string)v.Key, (string?)v.Value ?? string.Empty))
            .ToList();
        return new ProgramEnvironment(
            Console.Out,
            Console.Error,
            !Console.IsOutputRedirected,
            !Console.IsErrorRedirected,
            Environment.CurrentDirectory,
            variables,
            TimeProvider.System);
    }
}
