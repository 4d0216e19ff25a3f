using CpIs.Batch.Commands;
using CpIs.Storage;
using CpIs.Storage.Runs;

namespace CpIs.Batch.Steps;

/// <summary>The business dates of which the ledger can still tell.</summary>
internal static class KnownDates
{
    /// <summary>Refuses to look at a day before the last run's: the ledger holds what became of it since.</summary>
    /// <exception cref="UsageException">The business date is before it (contract section 1).</exception>
    public static async Task RefuseEarlierAsync(CommandContext context, StorageSession session, CancellationToken cancellationToken)
    {
        if (await new RunStore(session).LastAsOfAsync(string.Empty, cancellationToken) is { } last && context.BusinessDate < last)
        {
            throw new UsageException($"--as-of: the last run had the business date {last:yyyy-MM-dd}; what was on {context.BusinessDate:yyyy-MM-dd} is not known any more. Use {last:yyyy-MM-dd} or later.");
        }
    }
}
