using System.Text;
using CpIs.Batch.Commands;
using CpIs.Batch.Steps;
using CpIs.Domain.Decisions;
using CpIs.Domain.Exchange;
using CpIs.Domain.Values;
using CpIs.Files;
using CpIs.Messages;
using CpIs.Storage.Ledger;

namespace CpIs.Batch.Recovery;

/// <summary>Makes of a payload file, and of what the archive says of it, what the database had.</summary>
internal sealed class SentFileReader(CommandContext context)
{
    /// <summary>Reads one file with its records.</summary>
    /// <param name="about">What the archive says; null when only the bytes are known.</param>
    /// <exception cref="FormatException">It is not, or not any more, what was sent.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public async Task<(RestoredFile File, IReadOnlyList<Decision> Records)> ReadAsync(
        SequenceNumber number, string path, SentFile? about, CancellationToken cancellationToken)
    {
        var sha256 = await DurableFile.HashAsync(path, cancellationToken);
        if (about is not null && about.Sha256 != sha256)
        {
            throw new FormatException("Its bytes are not those that were sent.");
        }

        var format = about?.Format ?? await FormatOfAsync(path, cancellationToken);
        await using var stream = File.OpenRead(path);
        var (head, records) = Read(stream, format);
        if (!SequenceNumber.TryParse(head.FileNumber, out var stated) || stated != number || (about is not null && about.Records.Count != records.Count))
        {
            throw new FormatException("Its number or its records are not those that were sent.");
        }

        return about is null
            ? (Undescribed(number, path, format, sha256, head, records.Count), [.. records.Select(Describe)])
            : (Described(number, path, about), [.. records.Zip(about.Records, Describe)]);
    }

    private (UploadHead Head, IReadOnlyList<UploadRecord> Records) Read(Stream stream, string format)
    {
        try
        {
            return UploadFiles.Read(stream, format, context.Settings.Authority.Code);
        }
        catch (ArgumentException e)
        {
            throw new FormatException("A value in it is not one that this program writes.", e);
        }
    }

    private RestoredFile Described(SequenceNumber number, string path, SentFile about)
    {
        // The payload file where it lay, so that what was begun can be settled from there; else its copy.
        var lies = File.Exists(context.Data.Resolve(about.Path)) ? about.Path : context.Data.Relative(path);
        var lapses = about.Records.SelectMany(
            (r, i) => r is { LapsedAfterFile: { } after, LapsedOn: { } on } ? new[] { new EarlierLapse(i + 1, new SequenceNumber(after), on) } : []);
        return new RestoredFile(
            new NewFile(number, about.Format, about.FileName, lies, about.Sha256, about.Records.Count, about.LocalId),
            about.CreatedAt, about.BegunAt, about.ToldAt, about.MessageId, about.Attempts, about.DuplicateRisk, IsArchived: true, [.. lapses]);
    }

    /// <summary>A file of which only its own bytes are known. It counts as told when it was made, so that it is not awaited for ever.</summary>
    private RestoredFile Undescribed(SequenceNumber number, string path, string format, string sha256, UploadHead head, int recordCount)
    {
        var at = head.CreatedAt ?? new DateTimeOffset(File.GetLastWriteTimeUtc(path), TimeSpan.Zero);
        var localId = Path.GetExtension(path) == ".dat" ? Path.GetFileNameWithoutExtension(path) : $"{number}-recovered";
        var name = $"upload-{number}{Formats.Named(format).FileExtension}";
        return new RestoredFile(
            new NewFile(number, format, name, context.Data.Relative(path), sha256, recordCount, localId), at, at, at, null, 1, DuplicateRisk: false, IsArchived: false, []);
    }

    private Decision Describe(UploadRecord record)
    {
        var isRemoval = record.DeleteDate is not null;
        var isUnborn = record.Key.PlanType == PlanType.Ucpp;
        var visible = isRemoval ? null : Visibility.Until(record.Key.PlanType, record.Content.End, context.Settings.Rules());
        return Decide(
            record with { EndIsForecast = isUnborn && !isRemoval, VisibleUntil = visible }, isRemoval ? DecisionKind.Remove : DecisionKind.New, string.Empty, [],
            isUnborn ? [] : [record.Content.LocalPersonId], string.Empty, null);
    }

    private static Decision Describe(UploadRecord record, SentRecord about) => Decide(
        record with { VisibleUntil = about.VisibleUntil, EndIsForecast = about.EndIsForecast },
        Enum.TryParse<DecisionKind>(about.Decision, out var kind) ? kind : throw new FormatException("A decision in it is unknown."),
        about.Reason, about.SourceIds, about.ChildIds, about.Cause, about.ChangedAt);

    private static Decision Decide(
        UploadRecord record, DecisionKind kind, string reason, IReadOnlyList<string> sourceIds, IReadOnlyList<string> childIds, string cause, DateTimeOffset? changedAt) => new(
        record.Content.LocalPersonId, record.Key.PlanType, sourceIds, childIds, kind, reason, record.Key.NhsNumber, record.Key.Start, record.Content.End,
        record.DeleteDate, record.VisibleUntil, record, cause, changedAt);

    private static async Task<string> FormatOfAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = File.OpenRead(path);
        var first = new byte[64];
        var count = await stream.ReadAtLeastAsync(first, first.Length, throwOnEndOfStream: false, cancellationToken);
        return Encoding.UTF8.GetString(first, 0, count).TrimStart('\uFEFF', ' ', '\r', '\n') switch
        {
            ['<', ..] => "hl7v3",
            ['{', ..] => "fhir",
            _ => "flat",
        };
    }
}
