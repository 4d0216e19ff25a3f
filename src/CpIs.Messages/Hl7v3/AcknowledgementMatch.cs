using CpIs.Domain.Exchange;

namespace CpIs.Messages.Hl7v3;

/// <summary>
/// Brings together the record codes of an acknowledgement and the records that it repeats (reference section c). A code belongs to a record
/// only where that is certain; else both are passed on, and the caller, who knows the file, decides.
/// </summary>
internal static class AcknowledgementMatch
{
    private const string Confirmed = "CPR06";
    private const string Rejected = "CPR07";

    /// <param name="details">The codes, in order.</param>
    /// <param name="blocks">The records that could be read, in order.</param>
    /// <param name="messages">How many records there are, unread ones counted.</param>
    public static IReadOnlyList<RecordResult> Join(IReadOnlyList<AcknowledgedDetail> details, IReadOnlyList<AcknowledgedBlock> blocks, int messages)
    {
        var byIndex = blocks.ToDictionary(b => b.Index);
        var located = new Dictionary<int, List<AcknowledgedDetail>>();
        var loose = new List<AcknowledgedDetail>();
        foreach (var detail in details)
        {
            if (BlockOf(detail, byIndex, messages) is { } block)
            {
                if (!located.TryGetValue(block.Index, out var list))
                {
                    located[block.Index] = list = [];
                }

                list.Add(detail);
            }
            else
            {
                loose.Add(detail);
            }
        }

        var results = new List<RecordResult>();
        var bare = new List<AcknowledgedBlock>();
        foreach (var block in blocks)
        {
            if (located.TryGetValue(block.Index, out var own))
            {
                results.Add(Result(block, Merge(own)));
            }
            else
            {
                bare.Add(block);
            }
        }

        foreach (var valid in new[] { true, false })
        {
            results.AddRange(JoinLoose([.. loose.Where(d => IsConfirmation(d) == valid)], [.. bare.Where(b => b.IsValid == valid)]));
        }

        return results;
    }

    private static AcknowledgedBlock? BlockOf(AcknowledgedDetail detail, Dictionary<int, AcknowledgedBlock> blocks, int messages)
    {
        var location = detail.Location;
        var index = location.OnlyMessage && messages == 1 ? 1 : location.Message;

        // A path that ends in the other kind of record selects nothing, and a confirmation of a record among the invalid ones confirms nothing.
        return index is { } i
            && blocks.TryGetValue(i, out var block)
            && (location.IsValid is not { } valid || valid == block.IsValid)
            && (block.IsValid || !IsConfirmation(detail))
            ? block
            : null;
    }

    /// <summary>One record, several codes: the first that is no confirmation is the result, the others are its detail.</summary>
    private static AcknowledgedDetail Merge(List<AcknowledgedDetail> details)
    {
        var main = details.FirstOrDefault(d => !IsConfirmation(d)) ?? details[0];
        var others = details.Where(d => !ReferenceEquals(d, main) && !IsConfirmation(d))
            .SelectMany(d => new[] { $"{d.Code} {d.Display}".TrimEnd(), d.Detail });
        var detail = string.Join("; ", others.Prepend(main.Detail).OfType<string>());
        return main with { Detail = detail.Length == 0 ? null : detail };
    }

    private static IEnumerable<RecordResult> JoinLoose(IReadOnlyList<AcknowledgedDetail> details, IReadOnlyList<AcknowledgedBlock> blocks)
    {
        var numbered = details.Where(d => d.Location.Record is not null).ToList();
        var nowhere = details.Where(d => d.Location.Record is null).ToList();
        foreach (var detail in numbered)
        {
            yield return Result(null, detail);
        }

        if (numbered.Count > 0 && numbered.Count >= blocks.Count)
        {
            // Codes by position in the upload speak of the same records as the blocks do: counted once.
            blocks = [];
        }

        // As many codes as records, and all codes alike: it does not matter which belongs to which.
        var alike = nowhere.Count == blocks.Count && nowhere.Select(d => (d.Code, d.Display, d.Detail)).Distinct().Count() == 1;
        foreach (var block in blocks)
        {
            yield return Result(block, alike ? nowhere[0] : null);
        }

        foreach (var detail in alike ? [] : nowhere)
        {
            yield return Result(null, detail);
        }
    }

    private static RecordResult Result(AcknowledgedBlock? block, AcknowledgedDetail? detail) => new(
        detail?.Location.Record,
        block?.NhsNumber,
        block?.PlanTypes ?? [],
        block?.Start,
        detail?.Code ?? (block!.IsValid ? Confirmed : Rejected),
        detail?.Display,
        detail?.Detail);

    private static bool IsConfirmation(AcknowledgedDetail detail) => string.Equals(detail.Code, Confirmed, StringComparison.OrdinalIgnoreCase);
}
