using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.Extensions.DependencyInjection;

namespace CpIs.Schedule.Tests.Harness;

/// <summary>An OTLP collector on loopback that keeps the bytes it is sent.</summary>
internal sealed class Collector : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, byte[]> _received = new();
    private readonly CancellationTokenSource _end = new();
    private readonly WebApplication _app;

    private Collector(WebApplication app) => _app = app;

    public string Address { get; private set; } = string.Empty;

    /// <param name="answers">False for a collector that takes what it is sent and never answers.</param>
    public static async Task<Collector> StartAsync(bool answers = true)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var collector = new Collector(app);
        app.Run(async http =>
        {
            using var body = new MemoryStream();
            await http.Request.Body.CopyToAsync(body);
            collector._received.AddOrUpdate(http.Request.Path, body.ToArray(), (_, before) => [.. before, .. body.ToArray()]);
            if (!answers)
            {
                await Task.Delay(Timeout.Infinite, collector._end.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            http.Response.ContentType = "application/x-protobuf";
        });
        await app.StartAsync();
        collector.Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return collector;
    }

    /// <summary>All bytes sent to a path, one body after the other.</summary>
    public byte[] Received(string path) => _received.GetValueOrDefault(path, []);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _app.DisposeAsync();
        _end.Dispose();
    }
}
