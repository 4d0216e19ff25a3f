using System.Globalization;
using CpIs.Domain.Decisions;
using CpIs.Domain.Values;
using CsvHelper;
using CsvHelper.Configuration;

namespace CpIs.Messages.Decisions;

/// <summary>Writes <c>decisions.csv</c> (contract section 5), row by row in the order given. The stream is left open.</summary>
public sealed class DecisionsFile : IAsyncDisposable
{
    private static readonly string[] Columns =
    [
        "person_id", "plan_type", "subject_role", "source_ids", "decision", "reason", "nhs_number",
        "start_date", "end_date", "delete_date", "visible_until",
    ];

    private readonly CsvWriter _csv;

    private DecisionsFile(CsvWriter csv) => _csv = csv;

    /// <summary>Begins the file with its header row.</summary>
    public static async Task<DecisionsFile> BeginAsync(Stream stream)
    {
        var text = new StreamWriter(stream, leaveOpen: true);
        var csv = new CsvWriter(text, new CsvConfiguration(CultureInfo.InvariantCulture) { NewLine = "\n" });
        foreach (var column in Columns)
        {
            csv.WriteField(column);
        }

        await csv.NextRecordAsync();
        return new DecisionsFile(csv);
    }

    public async Task WriteAsync(Decision decision)
    {
        _csv.WriteField(decision.PersonId);
        _csv.WriteField(decision.PlanType.Code);
        _csv.WriteField(decision.PlanType.SubjectRole == SubjectRole.Mother ? "mother" : "child");
        _csv.WriteField(string.Join(';', decision.SourceIds));
        _csv.WriteField(NameOf(decision.Kind));
        _csv.WriteField(decision.Reason);
        _csv.WriteField(decision.NhsNumber?.Value);
        _csv.WriteField(Text(decision.Start));
        _csv.WriteField(Text(decision.End));
        _csv.WriteField(Text(decision.DeleteDate));
        _csv.WriteField(Text(decision.VisibleUntil));
        await _csv.NextRecordAsync();
    }

    /// <summary>The word for a decision in files, tables and counts: <c>new</c>, <c>end</c>, <c>update</c>, <c>remove</c>, <c>unchanged</c>, <c>withheld</c>.</summary>
    public static string NameOf(DecisionKind kind) => kind switch
    {
        DecisionKind.New => "new",
        DecisionKind.End => "end",
        DecisionKind.Update => "update",
        DecisionKind.Remove => "remove",
        DecisionKind.Unchanged => "unchanged",
        DecisionKind.Withheld => "withheld",
        _ => throw new ArgumentOutOfRangeException(nameof(kind)),
    };

    /// <summary>Flushes what was written to the stream.</summary>
    public async ValueTask DisposeAsync() => await _csv.DisposeAsync();

    private static string? Text(DateOnly? date) => date?.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
