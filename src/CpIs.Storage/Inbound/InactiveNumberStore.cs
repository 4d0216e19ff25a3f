using CpIs.Domain.Alerts;
using CpIs.Domain.Values;

namespace CpIs.Storage.Inbound;

/// <summary>Numbers that CP-IS has notified as inactive (rules N3, A6). A number stays on the list for ever.</summary>
public sealed class InactiveNumberStore(StorageSession session)
{
    private const int ReplacementsKept = 100;

    /// <summary>Puts a number on the list, or notes its latest replacements. A valid one stands without spaces and hyphens.</summary>
    /// <param name="replacements">As given; the first 100 are kept here, all of them in the message.</param>
    public Task PutAsync(string given, IReadOnlyList<string> replacements, long inboundId, DateTimeOffset now, CancellationToken cancellationToken) => session.InRepeatableTransactionAsync(
        async () =>
        {
            var isValid = NhsNumber.TryParse(given, out var number);
            var row = new
            {
                number = number?.Value ?? ColumnText.ForColumn(given) ?? "",
                isValid,
                replacements = string.Join(';', replacements.Take(ReplacementsKept)),
                inboundId,
                now,
            };
            if (await session.ExecuteAsync("inactive/update", row, cancellationToken) == 0)
            {
                await session.ExecuteAsync("inactive/add", row, cancellationToken);
            }
        },
        cancellationToken);

    /// <summary>Every valid number on the list.</summary>
    public async Task<IReadOnlySet<NhsNumber>> NumbersAsync(CancellationToken cancellationToken) =>
        (await session.QueryAsync<string>("inactive/valid", null, cancellationToken)).Select(NhsNumber.Parse).ToHashSet();

    /// <summary>True when the number is on the list.</summary>
    public async Task<bool> IsListedAsync(NhsNumber number, CancellationToken cancellationToken) =>
        await session.ScalarAsync<long>("inactive/is_listed", new { number = number.Value }, cancellationToken) > 0;
}
