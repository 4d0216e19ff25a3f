using System.Collections.Concurrent;
using System.Security.Cryptography.X509Certificates;
using CpIs.Transport.MeshApi;
using CpIs.TestMesh;
using CpIs.Transport.Tests.Support;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace CpIs.Transport.Tests.MeshApi;

/// <summary>One server for the tests of a class; each test has its own mailbox in it.</summary>
public sealed class MeshServerFixture : IAsyncLifetime
{
    public MeshServer Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await MeshServer.StartAsync();

    public async Task DisposeAsync() => await Server.DisposeAsync();
}

/// <summary>
/// A council's side of MESH: what outlives a process (files, journal, state) and a transport that can be thrown away and built anew.
/// </summary>
public sealed class MeshRig : IAsyncDisposable
{
    private readonly ITransportState? _otherState;
    private ServiceProvider? _services;

    /// <param name="state">Where the transport keeps its values, if not in <see cref="State"/>.</param>
    public MeshRig(
        MeshServer server,
        Func<MeshApiOptions, MeshApiOptions>? change = null,
        X509Certificate2? clientCertificate = null,
        Func<TempFolder, TestClock, ITransportState>? state = null)
    {
        _otherState = state?.Invoke(Folder, Clock);
        Mailbox = server.AddMailbox(Clock);
        Mailbox.Hanging = () => Clock.Advance(TimeSpan.FromSeconds(601));
        Journal = new Journal(Clock);
        Folder.Write(clientCertificate is null ? TestCertificates.ClientPem : TestCertificates.Pem(clientCertificate), "client.pem");
        Folder.Write(TestCertificates.RootPem, "roots.pem");
        Folder.Write(Mailbox.Password + "\n", "password.txt");
        Folder.Write(MeshServer.SharedKey + "\r\n", "shared-key.txt");
        Options = new MeshApiOptions
        {
            Url = server.Url,
            Mailbox = Mailbox.Id.ToLowerInvariant(),
            Recipient = "CPIS001",
            WorkflowIds = new MeshWorkflows { Upload = "WF_UPLOAD", Acknowledgement = "WF_RESPONSE", Access = "WF_ACCESS", Inactive = "WF_INACTIVE" },
            ClientCertificateFile = Folder["client.pem"],
            TrustedRootsFile = Folder["roots.pem"],
            PasswordFile = Folder["password.txt"],
            SharedKeyFile = Folder["shared-key.txt"],
            WorkFolder = Folder["work"],
        };
        Options = change?.Invoke(Options) ?? Options;
    }

    public TempFolder Folder { get; } = new();

    public TestClock Clock { get; } = new();

    public MeshMailbox Mailbox { get; }

    public Journal Journal { get; }

    public TransportState State { get; } = new();

    public ConcurrentQueue<string> Log { get; } = new();

    public MeshApiOptions Options { get; set; }

    public MeshApiTransport Transport => Services.GetRequiredService<MeshApiTransport>();

    public MeshCheck Check => Services.GetRequiredService<MeshCheck>();

    public IHttpClientFactory HttpClients => Services.GetRequiredService<IHttpClientFactory>();

    private ServiceProvider Services => _services ??= Build();

    /// <summary>Ends the process and starts another over what is on disk.</summary>
    public async Task RestartAsync()
    {
        if (_services is not null)
        {
            await _services.DisposeAsync();
            _services = null;
        }
    }

    public Task<SendResult> SendAsync(long number, string content) => Transport.SendAsync(Folder.Payload(number, content, Journal), Journal, default);

    public Task<List<ReceivedItem>> ReceiveAsync() => Transport.ReceiveAsync(default).ToListAsync().AsTask();

    /// <summary>Takes everything as the engine does: reads it while the transport waits, then completes it.</summary>
    public async Task<List<(ReceivedItem Item, string? Content)>> TakeAllAsync()
    {
        var all = new List<(ReceivedItem, string?)>();
        await foreach (var item in Transport.ReceiveAsync(default))
        {
            all.Add((item, item.ContentPath is null ? null : await File.ReadAllTextAsync(item.ContentPath)));
            await Transport.CompleteAsync(item, default);
        }

        return all;
    }

    public async ValueTask DisposeAsync()
    {
        await RestartAsync();
        Folder.Dispose();
    }

    private ServiceProvider Build()
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Clock);
        services.AddSingleton(_otherState ?? State);
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new LogCapture(Log)));
        services.AddMeshApi(Options);
        return services.BuildServiceProvider();
    }
}

/// <summary>The transport's values as the engine's database would keep them.</summary>
public sealed class TransportState : ITransportState
{
    public ConcurrentDictionary<string, string> Values { get; } = new(StringComparer.Ordinal);

    public Task<string?> GetAsync(string key, CancellationToken cancellationToken) => Task.FromResult(Values.GetValueOrDefault(key));

    public Task SetAsync(string key, string? value, CancellationToken cancellationToken)
    {
        if (value is null)
        {
            Values.TryRemove(key, out _);
        }
        else
        {
            Values[key] = value;
        }

        return Task.CompletedTask;
    }
}

/// <summary>Keeps every log line of every category, at the most verbose level, with its scope and exception.</summary>
public sealed class LogCapture(ConcurrentQueue<string> lines) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new Capturing(lines, categoryName);

    public void Dispose()
    {
    }

    private sealed class Capturing(ConcurrentQueue<string> lines, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            lines.Enqueue($"{category} scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{logLevel} {category} {formatter(state, exception)} {exception}");
    }
}
