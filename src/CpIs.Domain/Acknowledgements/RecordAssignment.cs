using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;

namespace CpIs.Domain.Acknowledgements;

/// <summary>
/// Finds out of which record each result speaks (rule K1): by record number where that fits the NHS number; else by number, rejections by
/// their plan type first, confirmations take the rest. Where it cannot be told, nothing is decided: the record stays unanswered
/// and is sent again, which harms nobody, whereas a wrong confirmation would hide a child.
/// </summary>
internal sealed class RecordAssignment
{
    private readonly Dictionary<int, RecordVerdict> _verdicts = [];
    private readonly Dictionary<int, LedgerEvent> _records;
    private readonly ILookup<NhsNumber, LedgerEvent> _byNumber;
    private readonly HashSet<int> _free;

    private RecordAssignment(IReadOnlyList<LedgerEvent> records)
    {
        _records = records.ToDictionary(r => r.RecordNumber);
        _byNumber = records.OrderBy(r => r.RecordNumber).ToLookup(r => r.Key.NhsNumber);
        _free = [.. _records.Keys];
    }

    /// <summary>What is known of each record, in order of record number.</summary>
    public IReadOnlyList<RecordVerdict> Verdicts => [.. _verdicts.OrderBy(v => v.Key).Select(v => v.Value)];

    /// <summary>Results about records that were not in the file.</summary>
    public IList<RecordResult> NotInFile { get; } = [];

    /// <summary>Results of which it cannot be told which record they mean, or that contradict each other.</summary>
    public IList<RecordResult> Uncertain { get; } = [];

    public static RecordAssignment Of(IReadOnlyList<LedgerEvent> records, Acknowledgement answer)
    {
        var assignment = new RecordAssignment(records);
        var results = answer.Results
            .OrderBy(r => FileCodes.Normal(r.Code), StringComparer.Ordinal)
            .ThenBy(r => r.Detail?.Trim(), StringComparer.Ordinal);
        var others = assignment.TakeByRecordNumber(results).ToLookup(IsLoose);
        var rejections = others[false].Where(r => !RecordCodes.IsConfirmation(r.Code)).ToList();
        var confirmations = others[false].Where(r => RecordCodes.IsConfirmation(r.Code)).ToList();

        assignment.Take(rejections.Where(r => r.PlanTypes.Count > 0), restIsMeant: false);
        assignment.Take(rejections.Where(r => r.PlanTypes.Count == 0), restIsMeant: false);

        // One confirmation for several records of a number means all of them only where the count says so.
        var rejected = assignment._verdicts.Count(v => v.Value.Outcome == RecordOutcome.Rejected);
        var all = answer.Successful is { } successful && successful == records.Count - rejected;
        assignment.Take(confirmations.Where(r => r.PlanTypes.Count > 0), restIsMeant: false);
        assignment.Take(confirmations.Where(r => r.PlanTypes.Count == 0), restIsMeant: all);
        foreach (var loose in others[true])
        {
            assignment.Uncertain.Add(loose);
        }

        return assignment;
    }

    /// <summary>True for a code that names no record: it stands beside the results and is not one of them.</summary>
    public static bool IsLoose(RecordResult result) => result is { RecordNumber: null, NhsNumber: null };

    private List<RecordResult> TakeByRecordNumber(IEnumerable<RecordResult> results)
    {
        var others = new List<RecordResult>();
        var certain = new SortedDictionary<int, List<RecordResult>>();
        foreach (var result in results)
        {
            if (result.RecordNumber is { } position && _records.TryGetValue(position, out var record) && IsConsistent(result, record))
            {
                if (!certain.TryGetValue(record.RecordNumber, out var same))
                {
                    certain[record.RecordNumber] = same = [];
                }

                same.Add(result);
            }
            else
            {
                others.Add(result);
            }
        }

        foreach (var (recordNumber, same) in certain)
        {
            _free.Remove(recordNumber);
            if (same.Select(r => RecordCodes.IsConfirmation(r.Code)).Distinct().Count() > 1)
            {
                same.ForEach(Uncertain.Add);
            }
            else
            {
                Decide(_records[recordNumber], same[0]);
            }
        }

        return others;
    }

    private static bool IsConsistent(RecordResult result, LedgerEvent record) =>
        (result.NhsNumber is null || (NhsNumber.TryParse(result.NhsNumber, out var number) && number == record.Key.NhsNumber))
        && (result.PlanTypes.Count == 0 || result.PlanTypes.Contains(record.Key.PlanType))
        && (result.StartDate is null || result.StartDate == record.Key.Start);

    /// <summary>Shares out the results of one kind among the records that are still free.</summary>
    private void Take(IEnumerable<RecordResult> results, bool restIsMeant)
    {
        var single = results.SelectMany(r => r.PlanTypes.Count == 0
            ? [(Result: r, Type: (PlanType?)null)]
            : r.PlanTypes.Select(t => (Result: r, Type: (PlanType?)t)));

        // Those that name a start date are sure of their record and go first.
        var groups = single
            .GroupBy(r => (Number: NhsNumber.TryParse(r.Result.NhsNumber, out var number) ? number : null, r.Type, r.Result.StartDate), r => r.Result)
            .OrderBy(g => g.Key.StartDate is null);
        foreach (var group in groups)
        {
            var meant = (group.Key.Number is { } key ? _byNumber[key] : [])
                .Where(r => (group.Key.Type is null || r.Key.PlanType == group.Key.Type)
                    && (group.Key.StartDate is null || r.Key.Start == group.Key.StartDate))
                .ToList();
            var free = meant.FindAll(r => _free.Contains(r.RecordNumber));
            var given = group.ToList();

            if (given.Count < free.Count && !restIsMeant)
            {
                free.ForEach(r => _free.Remove(r.RecordNumber));
                given.ForEach(Uncertain.Add);
                continue;
            }

            for (var i = 0; i < free.Count; i++)
            {
                _free.Remove(free[i].RecordNumber);
                Decide(free[i], given[Math.Min(i, given.Count - 1)]);
            }

            foreach (var left in given.Skip(free.Count).Where(g => !IsRepetition(g, meant)))
            {
                (meant.Count == 0 ? NotInFile : Uncertain).Add(left);
            }
        }
    }

    /// <summary>The same thing said twice of one record is no problem, nor are two reasons for one rejection.</summary>
    private bool IsRepetition(RecordResult result, List<LedgerEvent> meant) =>
        meant.Exists(r => _verdicts.TryGetValue(r.RecordNumber, out var verdict) && RecordCodes.IsConfirmation(verdict.Code) == RecordCodes.IsConfirmation(result.Code));

    private void Decide(LedgerEvent record, RecordResult result) =>
        _verdicts[record.RecordNumber] = new RecordVerdict(
            record,
            RecordCodes.IsConfirmation(result.Code) ? RecordOutcome.Confirmed : RecordOutcome.Rejected,
            result.Code,
            result.Display,
            result.Detail);
}
