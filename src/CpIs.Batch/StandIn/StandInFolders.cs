using System.Globalization;
using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Files;

namespace CpIs.Batch.StandIn;

/// <summary>Where the stand-in finds what the council sent, and where it keeps and puts its own.</summary>
internal sealed class StandInFolders(DataFolder data, FolderTransportSettings transport)
{
    private const string UploadPrefix = "upload-";
    private const string UploadExtension = ".xml";

    /// <summary>Where uploads lie: the council's Out.</summary>
    public string Outbox { get; } = data.Resolve(transport.Out);

    /// <summary>Where answers and notifications go: the council's In.</summary>
    public string Inbox { get; } = data.Resolve(transport.In);

    public string Root { get; } = Path.Combine(data.Root, "standin");

    /// <summary>Uploads as taken, byte for byte.</summary>
    public string Taken => Path.Combine(Root, "taken");

    public string Store => Path.Combine(Root, "standin.db");

    public string Lock => Path.Combine(Root, "standin.lock");

    public void Create()
    {
        DurableFile.CreateFolder(Root);
        DurableFile.CreateFolder(Taken);
        DurableFile.CreateFolder(Inbox);
    }

    /// <summary>Names of the uploads that wait, in order of the numbers in them; names without a number come last.</summary>
    public IReadOnlyList<string> WaitingUploads() => !Directory.Exists(Outbox)
        ? []
        :
        [
            .. new DirectoryInfo(Outbox).EnumerateFiles()
                .Select(f => f.Name)
                .Where(n => n.StartsWith(UploadPrefix, StringComparison.Ordinal) && n.EndsWith(UploadExtension, StringComparison.Ordinal))
                .OrderBy(NumberIn)
                .ThenBy(n => n, StringComparer.Ordinal),
        ];

    /// <summary>Other files in the council's Out, which the stand-in does not understand and leaves alone.</summary>
    public int OtherFiles() => !Directory.Exists(Outbox)
        ? 0
        : new DirectoryInfo(Outbox).EnumerateFiles().Count(f => !f.Name.StartsWith('.')) - WaitingUploads().Count;

    public string WaitingPath(string name) => Path.Combine(Outbox, name);

    public string TakenPath(string name) => Path.Combine(Taken, name);

    public string InboxPath(string name) => Path.Combine(Inbox, name);

    private static long NumberIn(string name) =>
        long.TryParse(name.AsSpan(UploadPrefix.Length, name.Length - UploadPrefix.Length - UploadExtension.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : long.MaxValue;
}
