using System.Globalization;
using CpIs.Domain.Values;
using CpIs.Files;
using CpIs.TestMesh;
using Shouldly;
using Xunit.Abstractions;

namespace CpIs.Transport.Tests.MeshApi;

/// <summary>Runs alone: it measures what the whole process, client and server, allocates.</summary>
[CollectionDefinition(nameof(MeshMemoryTests), DisableParallelization = true)]
public sealed class MeshMemoryCollection : ICollectionFixture<MeshServerFixture>;

[Collection(nameof(MeshMemoryTests))]
public sealed class MeshMemoryTests(MeshServerFixture fixture, ITestOutputHelper output)
{
    private const int Mebibyte = 1024 * 1024;

    [Fact]
    public async Task Forty_five_megabytes_go_in_three_chunks_both_ways_and_memory_stays_flat()
    {
        await using var rig = new MeshRig(fixture.Server, o => o with { ChunkMegabytes = 15 });
        await TransferAsync(rig, 1, Mebibyte);

        var small = await TransferAsync(rig, 2, 15 * Mebibyte);
        var large = await TransferAsync(rig, 3, 45 * Mebibyte);

        small.Chunks.ShouldBe(1);
        large.Chunks.ShouldBe(3);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Allocated in all: 15 MiB sent {small.Sending / 1024} KiB, received {small.Receiving / 1024} KiB; 45 MiB sent {large.Sending / 1024} KiB, received {large.Receiving / 1024} KiB."));

        // All that was ever allocated, let alone held at once, is less than half a chunk.
        large.Sending.ShouldBeLessThan(15 * Mebibyte / 2);
        large.Receiving.ShouldBeLessThan(15 * Mebibyte / 2);
    }

    /// <summary>Sends a file, then hands the chunks that arrived back as a message to us.</summary>
    private static async Task<(int Chunks, long Sending, long Receiving)> TransferAsync(MeshRig rig, int number, int length)
    {
        var path = rig.Folder[FormattableString.Invariant($"upload-{number}.xml")];
        await WriteNoiseAsync(path, length, number);
        var hash = await DurableFile.HashAsync(path, default);
        var file = new OutboundFile(new SequenceNumber(number), FormattableString.Invariant($"L{number}"), path, "upload.xml", "application/xml", hash, null);

        var before = GC.GetTotalAllocatedBytes(precise: true);
        (await rig.Transport.SendAsync(file, rig.Journal, default)).Outcome.ShouldBe(SendOutcome.Accepted);
        var sending = GC.GetTotalAllocatedBytes(precise: true) - before;

        var sent = rig.Mailbox.Delivered.Single(m => m.LocalId == file.LocalId);
        var waiting = new MeshMessage { Id = rig.Mailbox.NewId(), WorkflowId = "WF_ACCESS", Total = sent.Total, Checksum = "sha256:" + hash };
        foreach (var (chunk, stored) in sent.Chunks)
        {
            waiting.Chunks[chunk] = stored;
        }

        rig.Mailbox.Inbox.Add(waiting);
        before = GC.GetTotalAllocatedBytes(precise: true);
        var item = (await rig.ReceiveAsync()).ShouldHaveSingleItem();
        var receiving = GC.GetTotalAllocatedBytes(precise: true) - before;

        (await DurableFile.HashAsync(item.ContentPath!, default)).ShouldBe(hash);
        await rig.Transport.CompleteAsync(item, default);
        return (sent.Total, sending, receiving);
    }

    /// <summary>Bytes that no compression makes smaller.</summary>
    private static async Task WriteNoiseAsync(string path, int length, int seed)
    {
        var random = new Random(seed);
        var buffer = new byte[65_536];
        await using var file = File.Create(path);
        for (var written = 0; written < length; written += buffer.Length)
        {
            random.NextBytes(buffer);
            await file.WriteAsync(buffer.AsMemory(0, Math.Min(buffer.Length, length - written)));
        }
    }
}
