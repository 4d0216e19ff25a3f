using System.Text.RegularExpressions;
using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Domain.Values;

namespace CpIs.Batch.Recovery;

/// <summary>Where payload files of this council lie, besides the archive: their names carry their numbers.</summary>
internal sealed partial class PayloadPlaces(CommandContext context)
{
    /// <summary>Payload files that were handed over: they lie where the transport takes them from, or has put them since.</summary>
    public IEnumerable<(SequenceNumber Number, string Path)> HandedOver() => AtTransport().Where(f => !IsControl(f.Path));

    /// <summary>The numbers of files that were handed over, also where only the MESH client's control file is left.</summary>
    public IEnumerable<SequenceNumber> HandedOverNumbers() => AtTransport().Select(f => f.Number);

    /// <summary>The number in an id that this program gave a sending; null when it is of another making.</summary>
    public static SequenceNumber? NumberIn(string? localId) => NumberOf(localId?.Trim() + ".ctl");

    private IEnumerable<(SequenceNumber Number, string Path)> AtTransport()
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
                .SelectMany(folder => FilesIn(Path.Combine(root, folder)));
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
            if (NumberOf(Path.GetFileName(path)) is { } number)
            {
                yield return (number, path);
            }
        }
    }

    private static SequenceNumber? NumberOf(string fileName) =>
        Name().Match(fileName) is { Success: true } match && SequenceNumber.TryParse(match.Groups["number"].Value, out var number) ? number : null;

    private static bool IsControl(string path) => path.EndsWith(".ctl", StringComparison.OrdinalIgnoreCase);

    /// <summary>As the engine names them: <c>upload-000012.xml</c>, and at the MESH client our id of the sending.</summary>
    [GeneratedRegex("""^(upload-(?<number>\d{6,18})\.[a-z.]+|(?<number>\d{6,18})-\d{8}-\d{6}-[0-9a-f]{6}\.(dat|ctl))$""", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Name();
}
