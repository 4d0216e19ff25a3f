using CpIs.Batch.Configuration;
using CpIs.Batch.Output;
using CpIs.Domain.Time;
using Microsoft.Extensions.Logging;

namespace CpIs.Batch.Commands;

/// <summary>What every command's work is given.</summary>
/// <param name="Clock">The run's clock; its business date is <c>--as-of</c> or today in London.</param>
/// <param name="AsOfGiven">True when <c>--as-of</c> was given.</param>
internal sealed record CommandContext(
    CpisSettings Settings,
    DataFolder Data,
    RunClock Clock,
    bool AsOfGiven,
    ILoggerFactory Logs,
    CommandOutput Output,
    ProgramEnvironment Environment)
{
    /// <summary>The business date D.</summary>
    public DateOnly BusinessDate => Clock.BusinessDate;

    /// <summary>A logger that names its part of the program.</summary>
    public ILogger Log(string category) => Logs.CreateLogger(category);
}
