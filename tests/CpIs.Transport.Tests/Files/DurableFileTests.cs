using System.Text;
using CpIs.Files;
using CpIs.Transport.Tests.Support;
using Shouldly;

namespace CpIs.Transport.Tests.Files;

public sealed class DurableFileTests : IDisposable
{
    private readonly TempFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_writer_that_fails_leaves_the_file_that_was_there()
    {
        var path = _folder.Write("before", "a.xml");

        await Should.ThrowAsync<InvalidOperationException>(() => DurableFile.WriteAsync(
            path,
            async (stream, token) =>
            {
                await stream.WriteAsync(Encoding.UTF8.GetBytes("half"), token);
                throw new InvalidOperationException("the source broke off");
            },
            default));

        File.ReadAllText(path).ShouldBe("before");
    }

    [Fact]
    public async Task A_file_is_replaced_whole()
    {
        var path = _folder.Write("before", "a.xml");

        await DurableFile.WriteAsync(path, "after"u8.ToArray(), default);

        File.ReadAllText(path).ShouldBe("after");
        _folder.Files().ShouldBe(["a.xml"]);
    }

    [Fact]
    public async Task A_copy_tells_the_hash_of_what_it_copied()
    {
        var hash = await DurableFile.CopyAsync(_folder.Write("content", "a.xml"), _folder["b.xml"], default);

        hash.ShouldBe(Payloads.Sha256("content"));
        (await DurableFile.HashAsync(_folder["b.xml"], default)).ShouldBe(hash);
    }

    [Fact]
    public void A_rename_replaces_only_when_told_to()
    {
        var from = _folder.Write("new", "a.xml");
        var to = _folder.Write("old", "b.xml");

        Should.Throw<IOException>(() => DurableFile.Rename(from, to, replace: false));
        File.ReadAllText(to).ShouldBe("old");
        DurableFile.Rename(from, to, replace: true);

        File.ReadAllText(to).ShouldBe("new");
        File.Exists(from).ShouldBeFalse();
    }

    [Fact]
    public void A_rename_of_a_missing_file_says_so() =>
        Should.Throw<FileNotFoundException>(() => DurableFile.Rename(_folder["a"], _folder["b"], replace: false));

    [Fact]
    public void Folders_are_made_with_those_above_them_for_the_owner_only()
    {
        DurableFile.CreateFolder(_folder["a", "b", "c"] + Path.DirectorySeparatorChar);

        Directory.Exists(_folder["a", "b", "c"]).ShouldBeTrue();
        if (!OperatingSystem.IsWindows())
        {
            foreach (var folder in new[] { _folder["a"], _folder["a", "b"], _folder["a", "b", "c"] })
            {
                File.GetUnixFileMode(folder).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            }
        }
    }

    [Fact]
    public void Names_and_contents_may_hold_characters_beyond_ascii()
    {
        var from = _folder.Write("x", "Zoë – 1.xml");

        DurableFile.Rename(from, _folder["Łódź.xml"], replace: false);

        _folder.Files().ShouldBe(["Łódź.xml"]);
    }
}
