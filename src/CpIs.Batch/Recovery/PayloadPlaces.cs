using System.Text.RegularExpressions;
using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Domain.Values;

namespace CpIs.Batch.Recovery;

/// <summary>Where payload files of this council lie, besides the archive: their names carry their numbers.</summary>
internal sealed partial class PayloadPlaces(CommandContext context)
{
    /// <summary>Payload files that were handed over: they lie where the transport takes them from, or has put them since.</summary>
    public IEnumerable<(SequenceNumber Number, string Path)> HandedOver()
    {
        var transport = context.Settings.Transport;
        if (transport.Kind == TransportKind.Folder)
        {
            return FilesIn(context.Data.Resolve(transport.Folder.Out));
        }

        if (transport is { Kind: TransportKind.MeshClient, MeshClient: { } client })
        {
            var root = context.Data.Resolve(client.Root);
            return new[] { client.Folders.Out, client.Folders.Sent, client.Folders.Failed }
                .SelectMany(folder => FilesIn(Path.Combine(root, folder)))
                .Where(f => f.Path.EndsWith(".dat", StringComparison.OrdinalIgnoreCase));
        }

        return [];
    }

    /// <summary>Payload files in run folders: written, and perhaps never sent.</summary>
    public IEnumerable<(SequenceNumber Number, string Path)> Written() => Directory.Exists(context.Data.Runs)
        ? Directory.EnumerateDirectories(context.Data.Runs).Order(StringComparer.Ordinal).SelectMany(run => FilesIn(Path.Combine(run, "transform")))
        : [];

    public static IEnumerable<SequenceNumber> NumbersIn(string folder) => FilesIn(folder).Select(f => f.Number);

    public static IEnumerable<(SequenceNumber Number, string Path)> FilesIn(string folder)
    {
        if (!Directory.Exists(folder))
        {
            yield break;
        }

        foreach (var path in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
        {
            var match = Name().Match(Path.GetFileName(path));
            if (match.Success && SequenceNumber.TryParse(match.Groups["number"].Value, out var number))
            {
                yield return (number, path);
            }
        }
    }

    /// <summary>As the engine names them: <c>upload-000012.xml</c>, and at the MESH client our id of the sending.</summary>
    [GeneratedRegex("""^(upload-(?<number>\d{6,18})\.[a-z.]+|(?<number>\d{6,18})-\d{8}-\d{6}-[0-9a-f]{6}\.dat)$""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
