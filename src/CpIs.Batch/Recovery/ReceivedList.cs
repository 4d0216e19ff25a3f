using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using CpIs.Batch.Commands;
using CpIs.Batch.Output;
using CpIs.Files;

namespace CpIs.Batch.Recovery;

/// <summary>
/// When the messages of the archive came: one list for each run that put any there, in <c>archive/received</c>. The messages themselves lie
/// as received and do not say.
/// </summary>
/// <param name="AsOf">Business date of the run.</param>
internal sealed record ReceivedList(string RunId, DateOnly AsOf, IReadOnlyList<ReceivedMessage> Messages)
{
    private const string Folder = "received";

    public Task WriteAsync(DataFolder data)
    {
        var folder = Path.Combine(data.Archive, Folder);
        DurableFile.CreateFolder(folder);
        return DurableFile.WriteAsync(Path.Combine(folder, RunId + ".json"), stream => JsonSerializer.SerializeAsync(stream, this, CommandOutput.Json));
    }

    /// <summary>All lists that can be read, and the names of those that cannot.</summary>
    public static async Task<(IReadOnlyList<ReceivedList> Lists, IReadOnlyList<string> Unreadable)> ReadAsync(DataFolder data, CancellationToken cancellationToken)
    {
        var lists = new List<ReceivedList>();
        var unreadable = new List<string>();
        var folder = Path.Combine(data.Archive, Folder);
        foreach (var path in Directory.Exists(folder) ? Directory.EnumerateFiles(folder, "*.json").Order(StringComparer.Ordinal) : Enumerable.Empty<string>())
        {
            try
            {
                await using var stream = File.OpenRead(path);
                if (await JsonSerializer.DeserializeAsync<ReceivedList>(stream, CommandOutput.Json, cancellationToken) is { Messages: not null } list)
                {
                    lists.Add(list);
                    continue;
                }
            }
            catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException)
            {
                // Named below: the messages are there all the same, only when they came is less certain.
            }

            unreadable.Add(Path.GetRelativePath(data.Root, path));
        }

        return (lists, unreadable);
    }
}

/// <param name="ReceivedAt">UTC.</param>
internal sealed record ReceivedMessage(long InboundId, string Sha256, DateTimeOffset ReceivedAt);

/// <summary>The names under which copies of inbound messages lie.</summary>
internal static partial class InboundNames
{
    /// <summary>The copies in a folder with their ids; reasons of a quarantine left out.</summary>
    public static IEnumerable<(long InboundId, string Path)> In(string folder)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (var path in Directory.EnumerateFiles(folder))
        {
            var match = Name().Match(Path.GetFileName(path));
            if (match.Success && long.TryParse(match.Groups["id"].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
            {
                yield return (id, path);
            }
        }
    }

    [GeneratedRegex("""^inbound-(?<id>\d{6,18})\.(xml|csv|json|bin)$""", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
