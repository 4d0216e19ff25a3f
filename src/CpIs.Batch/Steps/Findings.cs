using System.Globalization;
using CpIs.Batch.Commands;
using CpIs.Files;
using CsvHelper;

namespace CpIs.Batch.Steps;

/// <summary>Something that reconcile found (rules K4, K5).</summary>
/// <param name="Rule">The rule that asks for it.</param>
/// <param name="Kind">One of <see cref="FindingKinds"/>.</param>
/// <param name="PersonId">Whom it concerns, where it concerns somebody.</param>
/// <param name="Reference">What it concerns: a file number, a row id, an alert id.</param>
/// <param name="Days">Days outstanding or late, where that has a meaning.</param>
/// <param name="Detail">In words; no name, birth date or NHS number.</param>
internal sealed record Finding(string Rule, string Kind, string? PersonId, string? PlanType, string? Reference, int? Days, string Detail);

/// <summary>The kinds of finding, as written in <c>findings.csv</c>.</summary>
internal static class FindingKinds
{
    public const string UnansweredFile = "unanswered-file";
    public const string UnsentFile = "unsent-file";
    public const string UploadRejected = "upload-rejected";
    public const string NumberMissing = "nhs-number-missing";
    public const string Drift = "drift";
    public const string OpenPast18 = "open-past-18";
    public const string AlertPastDue = "alert-past-due";
    public const string LateChange = "late-change";
    public const string LateAlert = "late-alert";
    public const string MatchRate = "match-rate";
}

/// <summary>
/// Collects findings: every one goes to <c>findings.csv</c> at once, the first few are kept for the result, so that memory does not grow
/// with what is found. The file is visible when it is complete.
/// </summary>
internal sealed class FindingList : IAsyncDisposable
{
    public const string FileName = "findings.csv";

    /// <summary>So many findings are kept in the run's result.</summary>
    public const int MostKept = 500;

    private static readonly string[] s_columns = ["rule", "finding", "person_id", "plan_type", "reference", "days", "detail"];
    private readonly List<Finding> _kept = [];
    private readonly SortedDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly string _path;
    private readonly FileStream _file;
    private readonly CsvWriter _csv;
    private bool _complete;

    private FindingList(string path, FileStream file)
    {
        (_path, _file) = (path, file);
        _csv = new CsvWriter(new StreamWriter(file, leaveOpen: true), CultureInfo.InvariantCulture);
    }

    /// <summary>The first findings, at most <see cref="MostKept"/>.</summary>
    public IReadOnlyList<Finding> Kept => _kept;

    /// <summary>How many there are by kind.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    public static async Task<FindingList> BeginAsync(string folder)
    {
        DurableFile.CreateFolder(folder);
        var path = Path.Combine(folder, FileName);
        var temporary = DurableFile.TemporaryPathOf(path);
        File.Delete(temporary);
        var list = new FindingList(path, DataFolder.CreateFile(temporary));
        foreach (var column in s_columns)
        {
            list._csv.WriteField(column);
        }

        await list._csv.NextRecordAsync();
        return list;
    }

    public async Task AddAsync(Finding finding)
    {
        _counts[finding.Kind] = _counts.GetValueOrDefault(finding.Kind) + 1;
        if (_kept.Count < MostKept)
        {
            _kept.Add(finding);
        }

        _csv.WriteField(finding.Rule);
        _csv.WriteField(finding.Kind);
        _csv.WriteField(finding.PersonId);
        _csv.WriteField(finding.PlanType);
        _csv.WriteField(finding.Reference);
        _csv.WriteField(finding.Days);
        _csv.WriteField(finding.Detail);
        await _csv.NextRecordAsync();
    }

    /// <summary>Makes the file visible.</summary>
    public async Task CompleteAsync()
    {
        await _csv.DisposeAsync();
        _file.Flush(flushToDisk: true);
        await _file.DisposeAsync();
        DurableFile.Rename(DurableFile.TemporaryPathOf(_path), _path, replace: true);
        _complete = true;
    }

    public async ValueTask DisposeAsync()
    {
        if (!_complete)
        {
            await _csv.DisposeAsync();
            await _file.DisposeAsync();
            File.Delete(DurableFile.TemporaryPathOf(_path));
        }
    }
}
