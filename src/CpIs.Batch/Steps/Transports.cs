using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Transport;
using CpIs.Transport.Folder;
using CpIs.Transport.MeshClient;

namespace CpIs.Batch.Steps;

/// <summary>The configured transport.</summary>
internal static class Transports
{
    /// <exception cref="UsageException">The configured kind is not one of this program.</exception>
    public static ITransport Of(CommandContext context)
    {
        var settings = context.Settings.Transport;
        var data = context.Data;
        return settings.Kind switch
        {
            TransportKind.Folder => new FolderTransport(
                new FolderOptions { Out = data.Resolve(settings.Folder.Out), In = data.Resolve(settings.Folder.In) }, context.Environment.MachineClock),
            TransportKind.MeshClient when settings.MeshClient is { } client => new MeshClientTransport(Options(client, data), context.Environment.MachineClock),
            _ => throw new UsageException($"Transport:Kind: {settings.Kind} is not a transport of this program."),
        };
    }

    private static MeshClientOptions Options(MeshClientSettings client, DataFolder data) => new()
    {
        Root = data.Resolve(client.Root),
        Mailbox = client.Mailbox,
        Recipient = client.Recipient,
        Workflows = new MeshWorkflows
        {
            Upload = client.WorkflowIds.Upload,
            Response = client.WorkflowIds.Acknowledgement ?? string.Empty,
            Access = client.WorkflowIds.Access ?? string.Empty,
            Inactive = client.WorkflowIds.Inactive ?? string.Empty,
        },
        Folders = new CpIs.Transport.MeshClient.MeshClientFolders
        {
            Out = client.Folders.Out, In = client.Folders.In, Sent = client.Folders.Sent, Failed = client.Folders.Failed,
        },
    };
}
