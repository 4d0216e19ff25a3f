using System.Text.Json;
using System.Text.Json.Serialization;
using CpIs.Domain.Time;

namespace CpIs.Storage.Source;

/// <summary>What a run is restricted to (rule U8). With several conditions one person must meet all of them.</summary>
/// <param name="From">First London date of a source change, or null.</param>
/// <param name="To">Last London date of a source change, or null.</param>
/// <param name="PersonId">The one person, or null.</param>
public sealed record SourceRestriction(DateOnly? From, DateOnly? To, string? PersonId)
{
    /// <summary>True when a change at this instant lies in the range.</summary>
    internal bool Covers(DateTimeOffset? changedAt)
    {
        if (From is null && To is null)
        {
            return true;
        }

        return changedAt is { } at && London.DateOf(at) is var date && !(date < From) && !(date > To);
    }
}

/// <summary>One file of an extract folder.</summary>
/// <param name="Rows">Rows without the header.</param>
/// <param name="Sha256">Lower-case hexadecimal SHA-256 of its bytes.</param>
public sealed record ExtractFile(long Rows, string? Sha256);

/// <summary>How many rows each source view had before any restriction (rule U10).</summary>
public sealed record ViewRows(long Person, long Plan, long LegalStatus, long Worker);

/// <summary>The <c>manifest.json</c> of an extract folder.</summary>
/// <param name="AsOf">Business date of the extract.</param>
/// <param name="Restriction">Null when everyone in scope was extracted.</param>
/// <param name="Full">True when everything that should be held is to be sent again (rule U8).</param>
/// <param name="Files">By file name.</param>
/// <param name="ViewRows">Null when unknown.</param>
/// <param name="PersonsWithoutRows">In a restricted extract the people inside the restriction of whom no row stands in the files.</param>
/// <param name="NumbersClaimedElsewhere">In a restricted extract the people whose number somebody outside it has too (rule N6).</param>
/// <param name="HeldNumbersClaimedElsewhere">The same for the numbers under which records of these people are held.</param>
public sealed record ExtractManifest(
    DateOnly AsOf,
    SourceRestriction? Restriction,
    bool Full,
    IReadOnlyDictionary<string, ExtractFile> Files,
    ViewRows? ViewRows,
    IReadOnlyList<string> PersonsWithoutRows,
    IReadOnlyList<string> NumbersClaimedElsewhere,
    IReadOnlyList<string> HeldNumbersClaimedElsewhere)
{
    /// <summary>Name of the file.</summary>
    public const string FileName = "manifest.json";

    /// <summary>What is known when nothing was found out while reading: a manifest for files made by hand.</summary>
    public static ExtractManifest Plain(DateOnly asOf) => new(asOf, null, false, new Dictionary<string, ExtractFile>(StringComparer.Ordinal), null, [], [], []);

    internal byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(this, ManifestContext.Default.ExtractManifest);

    internal static ExtractManifest Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var manifest = JsonSerializer.Deserialize(json.StartsWith("\uFEFF"u8) ? json[3..] : json, ManifestContext.Default.ExtractManifest)
                ?? throw new JsonException();
            return manifest with
            {
                Files = manifest.Files ?? Plain(default).Files,
                PersonsWithoutRows = manifest.PersonsWithoutRows ?? [],
                NumbersClaimedElsewhere = manifest.NumbersClaimedElsewhere ?? [],
                HeldNumbersClaimedElsewhere = manifest.HeldNumbersClaimedElsewhere ?? [],
            };
        }
        catch (JsonException)
        {
            // The reader's message could repeat content.
            throw new ExtractFolderException("manifest.json is not a manifest of an extract.", FileName, null);
        }
    }
}

/// <summary>An extract folder as a whole cannot be used: a file or a column is missing, or it is not what its manifest says.</summary>
public sealed class ExtractFolderException(string message, string? file, string? column) : StorageException(message)
{
    /// <summary>File at fault, where there is one.</summary>
    public string? File { get; } = file;

    /// <summary>Column at fault, where there is one.</summary>
    public string? Column { get; } = column;
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, WriteIndented = true, NewLine = "\n")]
[JsonSerializable(typeof(ExtractManifest))]
internal sealed partial class ManifestContext : JsonSerializerContext;
