using System.Text.Json;
using CpIs.Batch.Output;
using CpIs.Files;

namespace CpIs.Batch.Recovery;

/// <summary>
/// What stands beside the copy of a sent file in the archive: all that the database knows of the file and that its bytes do not say. With
/// both the ledger can be made again. It holds no name, birth date or NHS number.
/// </summary>
/// <param name="Version">Of this layout.</param>
/// <param name="Path">Where the payload file lay, below the data folder or in full.</param>
/// <param name="AsOf">Business date of the run that wrote this.</param>
/// <param name="ToldAt">Null when its sending was begun and not concluded.</param>
internal sealed record SentFile(
    int Version,
    long FileNumber,
    string Format,
    string FileName,
    string Path,
    string Sha256,
    string LocalId,
    DateTimeOffset CreatedAt,
    DateOnly AsOf,
    DateTimeOffset BegunAt,
    DateTimeOffset? ToldAt,
    string? MessageId,
    int Attempts,
    bool DuplicateRisk,
    IReadOnlyList<SentRecord> Records)
{
    public const int CurrentVersion = 1;

    /// <exception cref="FormatException">It cannot be read.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static async Task<SentFile> ReadAsync(string path, CancellationToken cancellationToken)
    {
        try
        {
            await using var stream = File.OpenRead(path);
            return await JsonSerializer.DeserializeAsync<SentFile>(stream, CommandOutput.Json, cancellationToken) is
                { Version: CurrentVersion, FileNumber: > 0, Records: not null, Format: not null, FileName: not null, Path: not null, Sha256: not null, LocalId: not null } sent
                ? sent
                : throw new FormatException("It is not of this program's making.");
        }
        catch (JsonException e)
        {
            throw new FormatException("It is damaged.", e);
        }
    }

    public Task WriteAsync(string path, CancellationToken cancellationToken) =>
        DurableFile.WriteAsync(path, stream => JsonSerializer.SerializeAsync(stream, this, CommandOutput.Json, cancellationToken));
}

/// <summary>One record of a <see cref="SentFile"/>, in the order of the file.</summary>
/// <param name="ChangedAt">The change in the care database that it tells, UTC.</param>
/// <param name="LapsedAfterFile">Set, with the next, when an earlier history of the record had ended before (rules S6, S10, S13).</param>
internal sealed record SentRecord(
    string Decision,
    string Reason,
    IReadOnlyList<string> SourceIds,
    IReadOnlyList<string> ChildIds,
    string Cause,
    DateTimeOffset? ChangedAt,
    DateOnly? VisibleUntil,
    bool EndIsForecast,
    long? LapsedAfterFile,
    DateOnly? LapsedOn);
