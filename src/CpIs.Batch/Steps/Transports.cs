using CpIs.Batch.Commands;
using CpIs.Batch.Configuration;
using CpIs.Domain.Exchange;
using CpIs.Storage;
using CpIs.Storage.Transport;
using CpIs.Transport;
using CpIs.Transport.Folder;
using CpIs.Transport.MeshApi;
using CpIs.Transport.MeshClient;
using Microsoft.Extensions.DependencyInjection;

namespace CpIs.Batch.Steps;

/// <summary>The configured transport, open for one run.</summary>
internal sealed class ConfiguredTransport : IAsyncDisposable
{
    private readonly ServiceProvider? _services;

    private ConfiguredTransport(ITransport transport, ServiceProvider? services = null) => (Transport, _services) = (transport, services);

    public ITransport Transport { get; }

    /// <param name="session">Where a transport keeps what it must remember.</param>
    /// <exception cref="UsageException">The transport's settings cannot be used; the message names the keys.</exception>
    public static ConfiguredTransport Open(CommandContext context, StorageSession session)
    {
        var settings = context.Settings.Transport;
        var clock = context.Environment.MachineClock;
        switch (settings.Kind)
        {
            case TransportKind.MeshClient:
                var client = MeshOptions.Of(settings.MeshClient!, context.Data);
                MeshOptions.Require(client.Problems());
                return new ConfiguredTransport(new MeshClientTransport(client, clock));

            case TransportKind.MeshApi:
                var services = MeshServices(context, new StoredState(new TransportStateStore(session)));
                return new ConfiguredTransport(services.GetRequiredService<MeshApiTransport>(), services);

            default:
                var folder = new FolderOptions { Out = context.Data.Resolve(settings.Folder.Out), In = context.Data.Resolve(settings.Folder.In) };
                return new ConfiguredTransport(new FolderTransport(folder, clock));
        }
    }

    /// <summary>What the MESH API needs, with <see cref="MeshCheck"/>.</summary>
    /// <exception cref="UsageException">The settings cannot be used; the message names the keys.</exception>
    public static ServiceProvider MeshServices(CommandContext context, ITransportState state)
    {
        var options = MeshOptions.Of(
            context.Settings.Transport.MeshApi ?? throw new UsageException("Transport:Kind is not mesh-api, and Transport:MeshApi is not configured."),
            context.Settings.Authority,
            context.Data);
        MeshOptions.Require(options.Problems());
        return new ServiceCollection()
            .AddSingleton(context.Logs)
            .AddSingleton(context.Environment.MachineClock)
            .AddSingleton(state)
            .AddMeshApi(options)
            .BuildServiceProvider();
    }

    public async ValueTask DisposeAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
        }
    }

    private sealed class StoredState(TransportStateStore store) : ITransportState
    {
        public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => store.GetAsync(key, cancellationToken);

        public Task SetAsync(string key, string? value, CancellationToken cancellationToken) => store.SetAsync(key, value, cancellationToken);
    }
}

/// <summary>Hands the MESH settings to the transports in their own types.</summary>
internal static class MeshOptions
{
    public static MeshClientOptions Of(MeshClientSettings client, DataFolder data) => new()
    {
        Root = data.Resolve(client.Root),
        Mailbox = client.Mailbox,
        Recipient = client.Recipient,
        WorkflowIds = Of(client.WorkflowIds),
        Folders = new CpIs.Transport.MeshClient.MeshClientFolders
        {
            Out = client.Folders.Out,
            In = client.Folders.In,
            Sent = client.Folders.Sent,
            Failed = client.Folders.Failed,
        },
        Compress = client.Compress,
        SettleSeconds = client.SettleSeconds,
        StalledMinutes = client.StalledMinutes,
    };

    public static MeshApiOptions Of(MeshApiSettings api, Authority authority, DataFolder data) => new()
    {
        OdsCode = authority.OdsCode,
        Url = api.Url.ToString(),
        Mailbox = api.Mailbox,
        Recipient = api.Recipient,
        WorkflowIds = Of(api.WorkflowIds),
        ClientCertificateFile = api.ClientCertificateFile ?? string.Empty,
        ClientKeyFile = api.ClientKeyFile,
        ClientCertificatePassword = api.ClientCertificatePassword?.Value,
        TrustedRootsFile = api.TrustedRootsFile ?? string.Empty,
        Password = api.Password.Value,
        SharedKey = api.SharedKey.Value,
        WorkFolder = Path.Combine(data.Root, "mesh", "work"),
        CheckRevocation = api.CheckRevocation,
        Compress = api.Compress,
        ChunkMegabytes = api.ChunkMegabytes,
        SendChecksum = api.SendChecksum,
        VerifyChecksum = api.VerifyChecksum,
        MaxMessageMegabytes = api.MaxMessageMegabytes,
        TimeoutSeconds = api.TimeoutSeconds,
        ConnectTimeoutSeconds = api.ConnectTimeoutSeconds,
        WaitBeforeResendSeconds = api.WaitBeforeResendSeconds,
    };

    /// <exception cref="UsageException">There is a problem; every one is named by its key.</exception>
    public static void Require(IEnumerable<OptionProblem> problems)
    {
        var list = problems.Select(p => p.ToString()).ToList();
        if (list.Count > 0)
        {
            throw new UsageException(string.Join(' ', list));
        }
    }

    private static MeshWorkflows Of(WorkflowIds ids) => new()
    {
        Upload = ids.Upload,
        Acknowledgement = ids.Acknowledgement ?? string.Empty,
        Access = ids.Access ?? string.Empty,
        Inactive = ids.Inactive ?? string.Empty,
    };
}
