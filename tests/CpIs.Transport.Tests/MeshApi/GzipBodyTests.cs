using System.Security.Cryptography;
using CpIs.Transport.MeshApi;
using CpIs.TestMesh;
using Shouldly;

namespace CpIs.Transport.Tests.MeshApi;

public sealed class GzipBodyTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(17)]
    [InlineData(81_904)]
    [InlineData(81_920)]
    [InlineData(81_936)]
    [InlineData(500_000)]
    public async Task A_whole_body_comes_out_as_it_went_in(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);

        (await DecodeAsync(MeshMailbox.Gzip(bytes))).ShouldBe(bytes);
    }

    [Fact]
    public async Task A_body_of_several_members_is_one_content() =>
        (await DecodeAsync([.. MeshMailbox.Gzip("abc"u8.ToArray()), .. MeshMailbox.Gzip("def"u8.ToArray())])).ShouldBe("abcdef"u8.ToArray());

    [Fact]
    public async Task A_body_cut_off_anywhere_is_noticed()
    {
        var whole = MeshMailbox.Gzip([.. Enumerable.Range(0, 2000).Select(i => (byte)(i * i))]);
        for (var length = 1; length < whole.Length; length++)
        {
            var cut = whole[..length];
            await Should.ThrowAsync<InvalidDataException>(() => DecodeAsync(cut), $"cut at {length} of {whole.Length}");
        }
    }

    [Fact]
    public async Task A_bit_turned_over_in_the_content_is_noticed()
    {
        var whole = MeshMailbox.Gzip([.. Enumerable.Range(0, 2000).Select(i => (byte)(i * i))]);

        // The ten bytes before the content hold a time and the like, which are no content.
        for (var at = 10; at < whole.Length; at++)
        {
            var damaged = (byte[])whole.Clone();
            damaged[at] ^= 1;
            await Should.ThrowAsync<InvalidDataException>(() => DecodeAsync(damaged), $"turned at {at} of {whole.Length}");
        }
    }

    [Fact]
    public async Task What_is_not_compressed_is_noticed() =>
        await Should.ThrowAsync<InvalidDataException>(() => DecodeAsync("<not gzip/>"u8.ToArray()));

    private static async Task<byte[]> DecodeAsync(byte[] body)
    {
        using var result = new MemoryStream();
        await GzipBody.DecodeAsync(
            new MemoryStream(body),
            bytes =>
            {
                result.Write(bytes.Span);
                return ValueTask.CompletedTask;
            },
            default);
        return result.ToArray();
    }
}
