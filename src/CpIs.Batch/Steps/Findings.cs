using System.Globalization;
using CpIs.Transport.Files;
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

/// <summary>Writes findings as CSV: a file of all of them, whole or not at all.</summary>
internal static class FindingsFile
{
    public const string Name = "findings.csv";
    private static readonly string[] s_columns = ["rule", "finding", "person_id", "plan_type", "reference", "days", "detail"];

    public static Task WriteAsync(string folder, IReadOnlyList<Finding> findings, CancellationToken cancellationToken)
    {
        DurableFile.CreateFolder(folder);
        return DurableFile.WriteAsync(
            Path.Combine(folder, Name),
            async (stream, _) =>
            {
                var text = new StreamWriter(stream, leaveOpen: true);
                await using var csv = new CsvWriter(text, CultureInfo.InvariantCulture);
                foreach (var column in s_columns)
                {
                    csv.WriteField(column);
                }

                await csv.NextRecordAsync();
                foreach (var finding in findings)
                {
                    csv.WriteField(finding.Rule);
                    csv.WriteField(finding.Kind);
                    csv.WriteField(finding.PersonId);
                    csv.WriteField(finding.PlanType);
                    csv.WriteField(finding.Reference);
                    csv.WriteField(finding.Days);
                    csv.WriteField(finding.Detail);
                    await csv.NextRecordAsync();
                }
            },
            cancellationToken);
    }
}
