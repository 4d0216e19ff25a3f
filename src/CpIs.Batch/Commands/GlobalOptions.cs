using System.CommandLine;
using CpIs.Batch.Configuration;

namespace CpIs.Batch.Commands;

/// <summary>The options that every command takes, before or after its name.</summary>
internal sealed class GlobalOptions
{
    public const string DefaultDataFolder = "data";

    public Option<string?> Config { get; } = new("--config")
    {
        Description = "Configuration file (default: cpis.json in the working folder, if it is there)",
        HelpName = "FILE",
        Recursive = true,
    };

    public Option<string?> Data { get; } = new("--data")
    {
        Description = "Data folder (default: ./data)",
        HelpName = "DIR",
        Recursive = true,
    };

    public Option<DateOnly?> AsOf { get; } = OptionParsing.Date("--as-of", "Business date of the run (default: today in Europe/London)", recursive: true);

    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Write the result as one JSON object on standard output, and nothing else there",
        Recursive = true,
    };

    public Option<bool> Quiet { get; } = new("--quiet")
    {
        Description = "Show warnings and errors only",
        Recursive = true,
    };

    public Option<string?> LogLevel { get; } = LogLevelOption();

    public IEnumerable<Option> All => [Config, Data, AsOf, Json, Quiet, LogLevel];

    private static Option<string?> LogLevelOption()
    {
        var option = new Option<string?>("--log-level")
        {
            Description = "Detail of the log file, instead of Logging:Level",
            HelpName = "LEVEL",
            Recursive = true,
        };
        return option.AcceptOnlyFromAmong(StringComparer.OrdinalIgnoreCase, [.. SettingsLoader.LogDetails.Select(l => l.Name)]);
    }
}
