using System.Text.Json;
using System.Text.Json.Serialization;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Ledger;
using CpIs.Domain.Values;

namespace CpIs.Storage.Ledger;

/// <summary>How the types of the domain stand in columns.</summary>
internal static class Columns
{
    public static string ToText<T>(T value)
        where T : struct, Enum => value switch
        {
            FileOutcome.ByRecord => "by-record",
            _ => value.ToString().ToLowerInvariant(),
        };

    public static T ToEnum<T>(string text)
        where T : struct, Enum => Enum.Parse<T>(text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);

    public static string ToJson(IReadOnlyList<string> ids) => JsonSerializer.Serialize([.. ids], ColumnsContext.Default.StringArray);

    public static IReadOnlyList<string> ToIds(string json) => JsonSerializer.Deserialize(json, ColumnsContext.Default.StringArray) ?? [];

    public static string ToJson(IReadOnlyList<AcknowledgementCode> codes) =>
        JsonSerializer.Serialize([.. codes], ColumnsContext.Default.AcknowledgementCodeArray);

    public static IReadOnlyList<AcknowledgementCode> ToCodes(string? json) =>
        json is null ? [] : JsonSerializer.Deserialize(json, ColumnsContext.Default.AcknowledgementCodeArray) ?? [];

    public static SequenceNumber? ToNumber(long? number) => number is { } n ? new SequenceNumber(n) : null;
}

[JsonSerializable(typeof(string[]))]
[JsonSerializable(typeof(AcknowledgementCode[]))]
internal sealed partial class ColumnsContext : JsonSerializerContext;

/// <summary>A row of <c>cpis_file</c>.</summary>
internal sealed class FileRow
{
    public long FileNumber { get; init; }

    public string AuthorityCode { get; init; } = "";

    public string? RunId { get; init; }

    public string? Format { get; init; }

    public string? FileName { get; init; }

    public string? Path { get; init; }

    public string? Sha256 { get; init; }

    public string? LocalId { get; init; }

    public int RecordCount { get; init; }

    public string Status { get; init; } = "";

    public string? MessageId { get; init; }

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? BegunAt { get; init; }

    public DateTimeOffset? ToldAt { get; init; }

    public int Attempts { get; init; }

    public string? FailureCode { get; init; }

    public string? FailureText { get; init; }

    public bool IsRefused { get; init; }

    public bool DuplicateRisk { get; init; }

    public DateTimeOffset? AnsweredAt { get; init; }

    public string? AnswerCodes { get; init; }

    public string? AnswerSource { get; init; }

    public string? Outcome { get; init; }

    public StoredFile ToFile() => new(
        new(FileNumber), AuthorityCode, RunId, Format, FileName, Path, Sha256, LocalId, RecordCount, Columns.ToEnum<FileStatus>(Status), MessageId,
        CreatedAt, BegunAt, ToldAt, Attempts, FailureCode, FailureText, IsRefused, DuplicateRisk, AnsweredAt, Columns.ToCodes(AnswerCodes),
        AnswerSource, Outcome is null ? null : Columns.ToEnum<FileOutcome>(Outcome));
}

/// <summary>A row of <c>cpis_file_record</c>.</summary>
internal sealed class RecordRow
{
    public long FileNumber { get; init; }

    public int RecordNumber { get; init; }

    public string NhsNumber { get; init; } = "";

    public string PlanType { get; init; } = "";

    public DateOnly StartDate { get; init; }

    public string Decision { get; init; } = "";

    public string Reason { get; init; } = "";

    public DateOnly? EndDate { get; init; }

    public string FamilyName { get; init; } = "";

    public string GivenName { get; init; } = "";

    public DateOnly BirthDate { get; init; }

    public string LocalPersonId { get; init; } = "";

    public DateOnly? DeleteDate { get; init; }

    public DateOnly? VisibleUntil { get; init; }

    public bool EndIsForecast { get; init; }

    public string SourceIds { get; init; } = "";

    public string ChildIds { get; init; } = "";

    public string Cause { get; init; } = "";

    public DateTimeOffset? ChangedAt { get; init; }

    public DateTimeOffset? ToldAt { get; init; }

    public string Outcome { get; init; } = "";

    public string? AnswerCode { get; init; }

    public string? AnswerDisplay { get; init; }

    public string? AnswerDetail { get; init; }

    public DateTimeOffset? AnsweredAt { get; init; }

    /// <summary>Only in the snapshot.</summary>
    public long? LapsedAfterFile { get; init; }

    public FileRecord ToRecord() => new(
        new(FileNumber),
        RecordNumber,
        new UploadRecord(
            new RecordKey(Domain.Values.NhsNumber.Parse(NhsNumber), Domain.Values.PlanType.Parse(PlanType), StartDate),
            new RecordContent(EndDate, FamilyName, GivenName, BirthDate, LocalPersonId),
            DeleteDate,
            VisibleUntil,
            EndIsForecast),
        Columns.ToEnum<DecisionKind>(Decision),
        Reason,
        Columns.ToIds(SourceIds),
        Columns.ToIds(ChildIds),
        Cause,
        ChangedAt,
        ToldAt,
        Columns.ToEnum<RecordOutcome>(Outcome),
        AnswerCode,
        AnswerDisplay,
        AnswerDetail,
        AnsweredAt);
}

/// <summary>A row of <c>cpis_ledger</c>.</summary>
internal sealed class LedgerTableRow
{
    public string NhsNumber { get; init; } = "";

    public string PlanType { get; init; } = "";

    public DateOnly StartDate { get; init; }

    public string HolderId { get; init; } = "";

    public string State { get; init; } = "";

    public long LastFileNumber { get; init; }

    public long? ConfirmedFileNumber { get; init; }

    public long? LapsedAfterFile { get; init; }

    public DateOnly? LapsedOn { get; init; }

    public LedgerRow ToRow() => new(
        new RecordKey(Domain.Values.NhsNumber.Parse(NhsNumber), Domain.Values.PlanType.Parse(PlanType), StartDate),
        HolderId,
        State,
        new(LastFileNumber),
        Columns.ToNumber(ConfirmedFileNumber),
        Columns.ToNumber(LapsedAfterFile),
        LapsedOn);
}
