using CpIs.Domain.Decisions;
using CpIs.Domain.Values;
using CpIs.Messages;

namespace CpIs.Batch.StandIn;

/// <summary>What the stand-in says of one record.</summary>
/// <param name="Detail">Second code or text of a rejection.</param>
internal sealed record RecordVerdict(string Code, string? Detail)
{
    public static readonly RecordVerdict Loaded = new(AnswerCodes.RecordLoaded, null);

    public bool IsLoaded => Code == AnswerCodes.RecordLoaded;
}

/// <summary>
/// Judges one record as CP-IS would (reference sections b and c). Of several faults the first counts, in this order: the number's form,
/// what the record or the sender says wrongly, an inactive number, age, and last what was asked for on the command line.
/// </summary>
/// <param name="businessDate">The day on which ages are taken.</param>
/// <param name="rejections">Codes asked for, by local person id.</param>
/// <param name="replacementsOf">Replacements of an inactive number, empty for none; null for a number that is in use.</param>
internal sealed class RecordJudge(DateOnly businessDate, IReadOnlyDictionary<string, string> rejections, Func<NhsNumber, string?> replacementsOf)
{
    /// <summary>The local person ids with a code asked for that were met.</summary>
    public HashSet<string> Met { get; } = new(StringComparer.Ordinal);

    /// <param name="senderFault">What is wrong with the sender's part of the file, or null.</param>
    public RecordVerdict Judge(UploadEntry entry, string? senderFault)
    {
        var asked = entry.Claim.LocalPersonId is { } id ? rejections.GetValueOrDefault(id) : null;
        if (asked is not null)
        {
            Met.Add(entry.Claim.LocalPersonId!);
        }

        if (entry.Faults.Any(f => f.Kind == UploadFaultKind.NhsNumber))
        {
            return new RecordVerdict(AnswerCodes.FormatIncorrect, null);
        }

        if (entry.Record is not { } record)
        {
            return Wrong(string.Join(' ', entry.Faults.Select(f => f.Problem)));
        }

        if (senderFault is not null)
        {
            return Wrong(senderFault);
        }

        if (replacementsOf(record.Key.NhsNumber) is { } replacements)
        {
            return new RecordVerdict(replacements.Length == 0 ? AnswerCodes.NoMatch : AnswerCodes.Superseded, null);
        }

        if (record.SubjectRole == SubjectRole.Child && Visibility.IsAdult(record.Content.BirthDate, businessDate))
        {
            return Wrong("The person is 18 or older: CP-IS has closed the record.");
        }

        return asked is null ? RecordVerdict.Loaded
            : asked == AnswerCodes.RecordNotLoaded ? Wrong("Rejected on request of the test.")
            : new RecordVerdict(asked, null);
    }

    private static RecordVerdict Wrong(string detail) => new(AnswerCodes.RecordNotLoaded, detail);
}
